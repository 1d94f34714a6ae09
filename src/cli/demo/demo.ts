/**
 * `cogate demo`: issuer, echo upstream and gate on loopback in one process, with curl lines that show what the gate does;
 * with `--login` people sign in to it. Must not need a network or an AWS account.
 */
import { type AddressInfo, createServer } from 'node:net'
import { loadConfig } from '../../config/load.ts'
import { ConfigError } from '../../errors.ts'
import type { Issuer } from '../../issuer/server.ts'
import { startIssuer } from '../../issuer/server.ts'
import type { RunningGate } from '../../process/start-gate.ts'
import { startGate } from '../../process/start-gate.ts'
import { findMistake, readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import { listenForSignals } from '../signals.ts'
import { readVersion } from '../version.ts'
import type { Echo } from './echo.ts'
import { startEcho } from './echo.ts'
import type { Scene } from './scene.ts'

/** Used when they are free; otherwise the system chooses. */
const preferredPorts = { gate: 8181, ops: 9464, issuer: 9229, echo: 8080 } as const
const ownFlags = { '--login': 'switch' } as const

interface Demo {
  readonly issuer: Issuer
  readonly echo: Echo
  readonly gate: RunningGate
}

export async function demoCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const scene = await chooseScene(argv)
  const signals = listenForSignals({ endsAtHangUp: true })
  const demo = await startDemo(scene)
  terminal.print(describeDemo(demo, scene, terminal.colours))
  await signals.next()
  await demo.gate.close()
  await Promise.all([demo.issuer.close(), demo.echo.close()])
  terminal.print('\nstopped\n')
  return 0
}

/** A flag that nothing reads would look as if it had an effect. */
async function chooseScene(argv: readonly string[]): Promise<Scene> {
  if (findMistake(argv, ownFlags) !== undefined) throw usageError(argv)
  if (readArguments(argv, ownFlags).given.has('--login')) return (await import('./login.ts')).loginScene
  return (await import('./curl-lines.ts')).curlScene
}

function usageError(argv: readonly string[]): ConfigError {
  const found = argv.find((word) => word !== '--login') ?? ''
  const expected = 'no argument but --login: demo chooses its ports and its configuration itself'
  return new ConfigError([{ key: found, source: 'flag', found, expected, fix: 'cogate demo' }])
}

async function startDemo(scene: Scene): Promise<Demo> {
  const issuer = await twice(async () => startIssuer({ port: await freePort(preferredPorts.issuer) }))
  const echo = await twice(async () => startEcho(await freePort(preferredPorts.echo), scene.page))
  const gate = await twice(async () => {
    const { config } = loadConfig({ argv: [], env: await demoEnvironment(issuer, echo, scene) })
    return startGate(config, { version: readVersion() })
  })
  return { issuer, echo, gate }
}

/** Another process may take a port between the probe and the start. */
function twice<T>(start: () => Promise<T>): Promise<T> {
  return start().catch(start)
}

/** Configured as a user would do it: three variables, and in addition the issuer, the addresses and what the scene needs. */
async function demoEnvironment(issuer: Issuer, echo: Echo, scene: Scene): Promise<Record<string, string>> {
  const listen = `127.0.0.1:${await freePort(preferredPorts.gate)}`
  return {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_UPSTREAM: echo.url,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_LISTEN: listen,
    COGATE_OPS_LISTEN: `127.0.0.1:${await freePort(preferredPorts.ops)}`,
    COGATE_LOG_LEVEL: 'warn',
    ...scene.environment({ issuer, origin: `http://${listen}` }),
  }
}

/** A number and not 0: the public address of a gate with sign-in must be known before it listens. */
function freePort(preferred: number): Promise<number> {
  return tryPort(preferred).catch(() => tryPort(0))
}

function tryPort(port: number): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const { port: bound } = probe.address() as AddressInfo
      probe.close(() => resolve(bound))
    })
  })
}

function describeDemo({ issuer, echo, gate }: Demo, scene: Scene, colours: boolean): string {
  const style = (open: number, close: number) => (text: string) =>
    colours ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return [
    style(1, 22)(scene.title),
    `  gate      ${gate.url}`,
    `  ops       ${gate.opsUrl}  (/livez /readyz /metrics)`,
    `  upstream  ${echo.url}  (echoes what it receives)`,
    `  issuer    ${issuer.url}  (stands in for Cognito)`,
    '',
    ...scene.describe({ issuerUrl: issuer.url, gateUrl: gate.url, dim: style(2, 22) }),
    'Ctrl-C stops everything.',
    '',
  ].join('\n')
}
