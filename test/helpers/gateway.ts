/**
 * A gate for tests: in this process with a clock and its log in memory, or as the real process. Both are configured as
 * a user would do it, by environment variables.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import type { GateParts } from '../../src/gate/assembly/assemble.ts'
import type { Issuer } from '../../src/issuer/server.ts'
import { createLogger } from '../../src/ops/log.ts'
import type { RunningGate } from '../../src/process/start-gate.ts'
import { startGate } from '../../src/process/start-gate.ts'
import { inheritedEnvironment } from './cogate-process.ts'

/** Undefined: not set, whatever the helper would set. */
type Environment = Readonly<Record<string, string | undefined>>
type LogLine = Readonly<Record<string, unknown>>

interface GateUnderTest {
  readonly issuer: Issuer
  /** `http://127.0.0.1:PORT` or any other upstream URL. */
  readonly upstream: string
  readonly routes?: readonly object[]
  readonly env?: Environment
}

export interface TestGate extends RunningGate {
  readonly port: number
  readonly opsPort: number
  readonly lines: readonly LogLine[]
  /** Resolves with the first log line, past or future, that `matches`. */
  logged(matches: (line: LogLine) => boolean): Promise<LogLine>
}

/** Variables for a gate on free loopback ports in front of `upstream`, trusting `issuer`. */
export function gateEnvironment({ issuer, upstream, routes, env }: GateUnderTest): Environment {
  return {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_UPSTREAM: upstream,
    COGATE_LISTEN: '127.0.0.1:0',
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    COGATE_DRAIN_DELAY: '0s',
    ...(routes && { COGATE_ROUTES: JSON.stringify(routes) }),
    ...env,
  }
}

/** Started and ready: its keys are there unless `waitForKeys` is false. */
export async function startTestGate(
  t: Test,
  options: GateUnderTest & Pick<GateParts, 'now' | 'loopClock'> & { readonly waitForKeys?: boolean },
): Promise<TestGate> {
  const { config } = loadConfig({ argv: [], env: gateEnvironment(options) })
  const log = collectLog()
  const gate = await startGate(config, {
    version: '0.0.0-test',
    log: createLogger(config.log, log.stream),
    ...(options.now && { now: options.now }),
    ...(options.loopClock && { loopClock: options.loopClock }),
  })
  t.teardown(() => gate.close())
  if (options.waitForKeys !== false) await log.logged((line) => line.msg === 'keys_changed')
  return { ...gate, ...log, port: portOf(gate.url), opsPort: portOf(gate.opsUrl) }
}

export interface GateProcess {
  readonly pid: number
  readonly port: number
  readonly opsPort: number
  readonly lines: readonly LogLine[]
  readonly stderr: () => string
  logged(matches: (line: LogLine) => boolean): Promise<LogLine>
  kill(signal: NodeJS.Signals): void
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>
  /** Resolves when nobody holds its standard output any more: its workers have ended too. */
  readonly silent: Promise<unknown>
}

/** The real process, run from source unless another program is given, by the Node that runs the tests. */
export async function spawnGate(t: Test, options: GateUnderTest & { readonly program?: string }): Promise<GateProcess> {
  const child = spawn(process.execPath, [options.program ?? 'src/main.ts', 'start'], {
    env: { ...inheritedEnvironment(), ...gateEnvironment(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = collectLog()
  createInterface({ input: child.stdout }).on('line', (line) => log.stream.write(`${line}\n`))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null)
  const silent = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const started = log.logged((line) => line.msg === 'listening')
  const early = exited.then((code) => Promise.reject(new Error(`the gate exited with ${code}: ${stderr}`)))
  const listening = await Promise.race([started, early])
  await Promise.race([log.logged((line) => line.msg === 'keys_changed'), early])
  early.catch(() => undefined)
  return {
    ...log,
    pid: child.pid ?? 0,
    port: portOf(String(listening.listen)),
    opsPort: portOf(String(listening.ops)),
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    exited,
    silent,
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function collectLog() {
  const lines: LogLine[] = []
  const waiting: { matches: (line: LogLine) => boolean; resolve: (line: LogLine) => void }[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const text of chunk.toString().split('\n')) if (text !== '') add(JSON.parse(text) as LogLine)
      done()
    },
  })
  function add(line: LogLine): void {
    lines.push(line)
    for (const waiter of waiting) if (waiter.matches(line)) waiter.resolve(line)
  }
  function logged(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const found = lines.find(matches)
    return found ? Promise.resolve(found) : new Promise((resolve) => waiting.push({ matches, resolve }))
  }
  return { lines, stream, logged }
}
