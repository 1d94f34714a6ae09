/**
 * `cogate demo`: issuer, echo upstream and gate on loopback in one process, and curl lines that show what the gate
 * does. Must not need a network or an AWS account.
 */
import { createServer } from 'node:net'
import { loadConfig } from '../../config/load.ts'
import { ConfigError } from '../../errors.ts'
import type { Issuer } from '../../issuer/server.ts'
import { startIssuer } from '../../issuer/server.ts'
import type { RunningGate } from '../../process/start-gate.ts'
import { startGate } from '../../process/start-gate.ts'
import type { Terminal } from '../command.ts'
import { listenForSignals } from '../signals.ts'
import { readVersion } from '../version.ts'
import type { Echo } from './echo.ts'
import { startEcho } from './echo.ts'

/** Used when they are free; otherwise the system chooses. */
const preferredPorts = { gate: 8181, ops: 9464, issuer: 9229, echo: 8080 } as const

interface Demo {
  readonly issuer: Issuer
  readonly echo: Echo
  readonly gate: RunningGate
}

export async function demoCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  refuseArguments(argv)
  const signals = listenForSignals({ endsAtHangUp: true })
  const demo = await startDemo()
  terminal.print(describeDemo(demo, terminal.colours))
  await signals.next()
  await demo.gate.close()
  await Promise.all([demo.issuer.close(), demo.echo.close()])
  terminal.print('\nstopped\n')
  return 0
}

/** A flag that nothing reads would look as if it had an effect. */
function refuseArguments([first]: readonly string[]): void {
  if (first === undefined) return
  const expected = 'no arguments: demo chooses its ports and its configuration itself'
  throw new ConfigError([{ key: first, source: 'flag', found: first, expected, fix: 'cogate demo' }])
}

async function startDemo(): Promise<Demo> {
  const issuer = await startIssuer({ port: await freePort(preferredPorts.issuer) })
  const echo = await startEcho(await freePort(preferredPorts.echo))
  const { config } = loadConfig({ argv: [], env: await demoEnvironment(issuer, echo) })
  const gate = await startGate(config, { version: readVersion() })
  return { issuer, echo, gate }
}

/** Configured as a user would do it: three variables, and in addition the issuer, the addresses and two route rules. */
async function demoEnvironment(issuer: Issuer, echo: Echo): Promise<Record<string, string>> {
  return {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_UPSTREAM: echo.url,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_ROUTES: JSON.stringify([
      { path: '/public/*', auth: 'none' },
      { path: '/admin/*', groups: ['admin'] },
    ]),
    COGATE_LISTEN: `127.0.0.1:${await freePort(preferredPorts.gate)}`,
    COGATE_OPS_LISTEN: `127.0.0.1:${await freePort(preferredPorts.ops)}`,
    COGATE_LOG_LEVEL: 'warn',
  }
}

async function freePort(preferred: number): Promise<number> {
  return (await canBind(preferred)) ? preferred : 0
}

function canBind(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

interface Scene {
  readonly shows: string
  readonly path: string
  /** Query of the issuer's token endpoint. Without it no token is sent. */
  readonly token?: string
  readonly header?: string
}

const scenes: readonly Scene[] = [
  { shows: 'no token                  → 401 token_missing', path: '/hello' },
  {
    shows: "alice's token             → 200, her claims in headers",
    path: '/hello',
    token: 'username=alice&groups=users',
  },
  {
    shows: 'alice, not in group admin → 403 insufficient_group',
    path: '/admin/',
    token: 'username=alice&groups=users',
  },
  { shows: 'bob, in group admin       → 200', path: '/admin/', token: 'username=bob&groups=admin' },
  { shows: 'a machine                 → 200, its client id in a header', path: '/hello', token: 'use=m2m' },
  { shows: 'tampered                  → 401 signature_invalid', path: '/hello', token: 'username=alice&tampered' },
  { shows: 'expired                   → 401 token_expired', path: '/hello', token: 'username=alice&expires_in=-60' },
  { shows: 'an ID token               → 401 token_use_not_allowed', path: '/hello', token: 'username=alice&use=id' },
  {
    shows: 'public, forged identity   → 200, the forged header is gone',
    path: '/public/x',
    header: 'X-Forwarded-User: mallory',
  },
]

function describeDemo({ issuer, echo, gate }: Demo, colours: boolean): string {
  const bold = (text: string) => (colours ? `\u001b[1m${text}\u001b[22m` : text)
  const dim = (text: string) => (colours ? `\u001b[2m${text}\u001b[22m` : text)
  const lines = scenes.map((scene) => `${dim(`# ${scene.shows}`)}\n${curlLine(scene, issuer, gate)}\n`)
  return [
    bold('cogate demo'),
    `  gate      ${gate.url}`,
    `  ops       ${gate.opsUrl}  (/livez /readyz /metrics)`,
    `  upstream  ${echo.url}  (echoes what it receives)`,
    `  issuer    ${issuer.url}  (stands in for Cognito)`,
    '',
    ...lines,
    'Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function curlLine({ path, token, header }: Scene, issuer: Issuer, gate: RunningGate): string {
  const parts = ['curl -i']
  if (token !== undefined) {
    parts.push(`-H "Authorization: Bearer $(curl -s '${issuer.url}/token.txt?${token}')"`)
  }
  if (header !== undefined) parts.push(`-H '${header}'`)
  return [...parts, `${gate.url}${path}`].join(' ')
}
