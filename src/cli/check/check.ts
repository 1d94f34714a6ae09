/**
 * `cogate check`: looks at everything that a start needs: configuration, keys, the ways to Cognito, an answer of the upstream.
 * Serves nobody.
 */
import { hasSessions } from '../../config/auth-api.ts'
import type { Config } from '../../config/config.ts'
import type { LoadedConfig, LoadInput } from '../../config/load.ts'
import { loadConfig } from '../../config/load.ts'
import { renderEffective } from '../../config/render/describe.ts'
import { compileRuntime } from '../../decide/runtime.ts'
import { ConfigError } from '../../errors.ts'
import { countProcessors } from '../../process/workers/processors.ts'
import { countWorkers } from '../../process/workers/share.ts'
import { createKeyFetcher } from '../../tokens/keys/fetch.ts'
import type { JwksEvent } from '../../tokens/keys/jwks.ts'
import type { KeyStatus } from '../../tokens/keys/pool-keys.ts'
import { readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import { inspectCertificates } from './certificates.ts'
import type { Finding } from './finding.ts'
import { bad, good, warn, writeJson, writeLine, writeMistakes, writeSigned } from './finding.ts'
import { inspectKeyEndpoints, inspectSignIn } from './key-endpoints.ts'
import type { FileSources } from './local.ts'
import {
  inspectCredentials,
  inspectFiles,
  inspectForwarded,
  inspectLimits,
  inspectPorts,
  inspectPublished,
} from './local.ts'
import { inspectOpenings } from './openings.ts'
import { inspectStores } from './stores.ts'
import { inspectUpstreams } from './upstreams.ts'

const ownFlags = { '--offline': 'switch', '--json': 'switch', '--strict': 'switch' } as const

/**
 * Prints the effective configuration with secrets redacted, then one line for each finding; with `--json` one document. Exit
 * code 1: one is bad, or, with `--strict`, worth a look.
 */
export async function checkCommand(argv: readonly string[], { env, print, ...terminal }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, ownFlags)
  const asJson = given.has('--json')
  const loaded = load({ argv: rest, env, commandFlags: ownFlags }, asJson ? print : undefined)
  if (!asJson) print(renderEffective(loaded.config, loaded.origins))
  const findings = await inspect({ ...loaded, env }, given.has('--offline'))
  const ok = findings.every(({ ok, warning }) => ok && !(warning && given.has('--strict')))
  if (asJson) print(writeJson(findings, ok))
  const { isTerminal, colours } = terminal
  for (const one of asJson ? [] : findings) print(isTerminal ? writeSigned(one, colours) : writeLine(one))
  return ok ? 0 : 1
}

/** Throws ConfigError, and writes its mistakes as data first where `write` is given: a program that asked for JSON gets it. */
function load(input: LoadInput, write: Terminal['print'] | undefined): LoadedConfig {
  try {
    return loadConfig(input)
  } catch (error) {
    if (error instanceof ConfigError) write?.(writeMistakes(error.issues))
    throw error
  }
}

/** Offline it reads only what is on this machine, pinned keys and the snapshot included. */
async function inspect(sources: FileSources, offline: boolean): Promise<readonly Finding[]> {
  const { config } = sources
  const fetcher = createKeyFetcher({ proxy: config.proxy })
  const events: JwksEvent[] = []
  try {
    const { jwks, headers } = compileRuntime(config, {
      fetchKeys: fetcher.fetchKeys,
      now: Date.now,
      random: Math.random,
      onKeyEvent: (event) => events.push(event),
    })
    if (!offline) await jwks.refreshDue()
    const pinned = new Set(config.userPools.filter(({ jwksFile }) => jwksFile !== undefined).map(({ id }) => id))
    const pools = jwks.statuses().filter(({ pool }) => !offline || pinned.has(pool))
    const local = [
      inspectRoutes(config),
      ...inspectSignInRules(config),
      ...inspectOpenings(config),
      ...inspectUnused(config),
      ...inspectCredentials(config),
      ...inspectWorkers(config),
      ...inspectIdentity(config, headers.identity.mergesPools),
      ...inspectPublished(config),
      ...inspectForwarded(config),
      ...pools.map((status) => inspectKeys(status, events)),
      ...inspectSnapshot(config, events),
      ...inspectFiles(sources),
      ...inspectCertificates(config, Date.now()),
    ]
    return offline ? local : [...local, ...(await inspectWays(config))]
  } finally {
    await fetcher.close()
  }
}

/** The upstream is asked last but for the stores: scripts read the last lines. */
async function inspectWays(config: Config): Promise<readonly Finding[]> {
  const ports = await inspectPorts(config)
  const [endpoints, signIn] = await Promise.all([inspectKeyEndpoints(config), inspectSignIn(config)])
  const local = [...ports, ...inspectLimits(config)]
  return [...endpoints, ...signIn, ...local, ...(await inspectUpstreams(config)), ...(await inspectStores(config))]
}

function inspectRoutes({ routes }: Config): Finding {
  return good('routes', `routes: ${count(routes.length, 'rule')}; without a rule a verified token is required`)
}

/** Then the sign-in begins only where a page of the service links to it. */
function inspectSignInRules({ login, routes }: Config): readonly Finding[] {
  if (login.domain === undefined || routes.some(({ auth }) => auth === 'login')) return []
  const advice = 'write routes: [{ path: /*, auth: login }]'
  return [warn('sign_in', `sign-in: no rule has auth: login, so a person who opens a page gets 401; ${advice}`)]
}

/** What is written down and does nothing. */
function inspectUnused(config: Config): readonly Finding[] {
  const { upstreams, routes, resourceMetadata, session } = config
  const isIdle = !hasSessions(config) && (session.store === 'redis' || session.secrets !== undefined)
  const nobody =
    'session: neither login.domain nor authApi.operations is set, so nobody signs in, and session does nothing'
  const unnamed = upstreams.filter(({ name }) => routes.every(({ upstream }) => upstream !== name))
  const services = unnamed.map(({ name }) => {
    const rule = `routes: [{ path: /${name}/*, upstream: ${name} }]`
    return warn('upstream', `upstreams: no rule names ${name}, so no request reaches it; write ${rule}`)
  })
  const unused = isIdle ? [...services, warn('sign_in', nobody)] : services
  const { enabled, resources, ...more } = resourceMetadata
  const isOff = !enabled && (resources.some((path) => path !== '/') || Object.values(more).some(Boolean))
  const text = 'metadata: resourceMetadata.enabled is not true, so the rest of resourceMetadata does nothing'
  return isOff ? [...unused, warn('resource', text)] : unused
}

/** The number that `auto` stands for depends on where the check runs. */
function inspectWorkers(config: Config): readonly Finding[] {
  if (config.workers !== 'auto') return []
  return [good('workers', `workers: auto, which is ${countWorkers(config, countProcessors())} here`)]
}

function inspectIdentity({ identityHeaders, userPools }: Config, mergesPools: boolean): readonly Finding[] {
  if (!mergesPools) return []
  const table = identityHeaders.set ? 'identityHeaders.set' : `the preset ${identityHeaders.preset}`
  const pools = userPools.map(({ id }) => id).join(' and ')
  const text = `${table} tells the service no user pool: users with one name in ${pools} are one user there. Send the claim sub or iss as well (identityHeaders.set), or give each pool its own paths (routes[].userPools)`
  return [warn('identity', text)]
}

function inspectKeys({ pool, ready, keys, lastError }: KeyStatus, events: readonly JwksEvent[]): Finding {
  const found = count(keys, 'key')
  if (lastError !== undefined) {
    const rest = ready ? `; a start would use ${found} of the snapshot` : ''
    return bad('keys', `user pool ${pool}: ${lastError}${rest}`)
  }
  const rejected = events.find((event) => event.kind === 'key_rejected' && event.pool === pool)
  const text = `user pool ${pool}: ${found}${rejected ? `; left out: ${rejected.detail}` : ''}`
  return ready ? good('keys', text) : bad('keys', text)
}

function inspectSnapshot({ jwks }: Config, events: readonly JwksEvent[]): readonly Finding[] {
  if (jwks.snapshotFile === undefined) return []
  const faults = events.filter(({ kind }) => kind === 'snapshot_failed' || kind === 'snapshot_ignored')
  const text = faults.map(({ detail }) => detail).join('; ') || 'usable'
  const line = `key snapshot ${jwks.snapshotFile}: ${text}`
  return [faults.length === 0 ? good('snapshot', line) : bad('snapshot', line)]
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
