/**
 * cogate as it is built, run as `npm start` runs it. Metrics, forwarded headers and request ids are on as always; the access
 * log only where a scenario says so.
 */
import { gateArguments } from '../built-gate.ts'
import { freePort } from '../network.ts'
import { sessionSecret } from '../sessions.ts'
import type { World } from '../world.ts'
import {
  type Contender,
  coreOf,
  launch,
  type Missing,
  missing,
  type Running,
  upstreamOf,
  type Variant,
} from './contender.ts'

export const cogate: Contender = {
  name: 'cogate',
  what: 'this gate: RS256, `iss`, `exp`, `nbf`, `token_use`, client; token cache, identity headers, metrics',
  gates: true,
  start: (world, variant) => start(world, variant),
}

/** The program of another build, to be measured beside this one in the same run: `BENCH_BEFORE=/path/dist/main.js`. */
const otherProgram = process.env['BENCH_BEFORE']

export const otherBuilds: readonly Contender[] =
  otherProgram === undefined
    ? []
    : [
        {
          name: 'before',
          what: 'another build of this gate',
          gates: true,
          start: (world, variant) => start(world, variant, otherProgram),
        },
      ]

export const otherBuildNames: readonly string[] = otherBuilds.map(({ name }) => name)

async function start(world: World, variant: Variant, program?: string): Promise<Running | Missing> {
  if (variant.sessions === 'redis' && world.redisUrl === undefined) return missing('redis-server is not installed')
  try {
    return await startGate(world, variant, program)
  } catch (error) {
    const isRefused = variant.workers !== undefined && String(error).includes('COGATE_WORKERS')
    if (isRefused) return missing('this build does not know COGATE_WORKERS')
    throw error
  }
}

async function startGate(world: World, variant: Variant, program?: string): Promise<Running> {
  const port = await freePort()
  // Through the shell, so that the access log goes where a log goes and not through the bench.
  const output = variant.accessLog ? '>/dev/null' : ''
  return launch({
    command: 'sh',
    args: ['-c', `exec "$@" ${output}`, 'sh', process.execPath, ...gateArguments(program)],
    port,
    version: `Node.js ${process.version}`,
    core: coreOf(world, variant),
    env: cogateEnvironment(world, variant, port),
    token: world.tokens.hot.tokens[0],
  })
}

function cogateEnvironment(world: World, variant: Variant, port: number): Readonly<Record<string, string>> {
  const { issuer } = world
  return {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_UPSTREAM: upstreamOf(world, variant).url,
    COGATE_LISTEN: `127.0.0.1:${port}`,
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    COGATE_LOG_ACCESS: String(variant.accessLog ?? false),
    COGATE_ROUTES: JSON.stringify(rules(variant.routes ?? 0)),
    ...(variant.sessions && loginEnvironment(world)),
    ...(variant.forwardAuth && { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '127.0.0.0/8' }),
    ...(variant.sessions === 'redis' && {
      COGATE_SESSION_STORE: 'redis',
      COGATE_SESSION_REDIS_URL: world.redisUrl ?? '',
    }),
    ...(variant.tokenCacheMaxEntries && { COGATE_TOKEN_CACHE_MAX_ENTRIES: String(variant.tokenCacheMaxEntries) }),
    ...(variant.workers && { COGATE_WORKERS: String(variant.workers) }),
  }
}

/** Nobody signs in: the sessions are there. */
function loginEnvironment({ issuer }: World): Readonly<Record<string, string>> {
  return {
    COGATE_PUBLIC_URL: 'https://app.example.com',
    COGATE_LOGIN_DOMAIN: 'https://auth.example.com',
    COGATE_LOGIN_CLIENT_ID: issuer.clientId,
    COGATE_SESSION_SECRETS: sessionSecret,
  }
}

function rules(count: number): readonly object[] {
  const demanding = Array.from({ length: count }, (_, n) => ({ path: `/service-${n}/items/*` }))
  return [{ path: '/public', auth: 'none' }, ...demanding]
}

/** A path that the rule in the middle of `count` covers. */
export function pathAmong(count: number): string {
  return `/service-${Math.floor(count / 2)}/items/7`
}
