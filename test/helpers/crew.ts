/** The real process with several workers, and what a test asks of it: who serves, what the primary says of them. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { Test } from 'tap'
import type { GateProcess } from './gateway.ts'
import { spawnGate } from './gateway.ts'
import type { Issuer } from './issuer.ts'
import { startTestIssuer } from './issuer.ts'
import type { Upstream, UpstreamHandler } from './upstream.ts'
import { startUpstream } from './upstream.ts'

type LogLine = Readonly<Record<string, unknown>>

export interface CrewProcess extends GateProcess {
  readonly issuer: Issuer
  readonly upstream: Upstream
  readonly authorization: string
  /** The process that holds the place now. */
  pidOf(worker: number): number
  signalWorker(worker: number, signal: NodeJS.Signals): void
  /** The `count`th line of that message, past or future. */
  loggedTimes(message: string, count: number, rest?: LogLine): Promise<LogLine>
  metrics(): Promise<string>
  readyz(): Promise<{ readonly status: number; readonly body: ReadyBody }>
}

interface ReadyBody {
  readonly ready: boolean
  readonly draining: boolean
  readonly workers: readonly { readonly worker: number; readonly state: string; readonly ready: boolean }[]
}

interface CrewOptions {
  /** Default 2. */
  readonly workers?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly handler?: UpstreamHandler
}

/** All workers listen and have their keys. */
export async function spawnCrew(t: Test, { workers = 2, env, handler }: CrewOptions = {}): Promise<CrewProcess> {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, handler ?? ((_request, response) => response.end('ok')))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_WORKERS: String(workers), ...env } })
  const ops = `http://127.0.0.1:${gate.opsPort}`
  const pidOf = (worker: number): number => {
    const line = gate.lines.findLast(({ msg, worker: of }) => msg === 'worker started' && of === worker)
    return Number(line?.pid)
  }
  const crew: CrewProcess = {
    ...gate,
    issuer,
    upstream,
    authorization: `Bearer ${issuer.mintAccessToken()}`,
    pidOf,
    signalWorker: (worker, signal) => void process.kill(pidOf(worker), signal),
    loggedTimes: (message, count, rest = {}) => {
      const matches = (line: LogLine) =>
        line.msg === message && Object.entries(rest).every(([key, value]) => line[key] === value)
      // Every line is shown once, in order.
      let seen = 0
      return gate.logged((line) => matches(line) && ++seen === count)
    },
    metrics: async () => (await fetch(`${ops}/metrics`)).text(),
    async readyz() {
      const response = await fetch(`${ops}/readyz`)
      return { status: response.status, body: (await response.json()) as ReadyBody }
    },
  }
  t.teardown(() => killWorkers(gate.lines))
  for (let worker = 1; worker <= workers; worker++) await crew.loggedTimes('keys_changed', 1, { worker })
  return crew
}

/** As `spawnCrew`, with an upstream that keeps `/slow` waiting until `answer` is called. */
export async function spawnHeldCrew(t: Test, options: Omit<CrewOptions, 'handler'> = {}) {
  const held = Promise.withResolvers<void>()
  const crew = await spawnCrew(t, {
    ...options,
    handler: (request, response) => {
      if (request.url === '/slow') held.promise.then(() => response.end('late but whole'))
      else response.end('ok')
    },
  })
  return { crew, answer: held.resolve }
}

/** Those that would outlive their primary: stopped ones, and ones in a long drain. */
function killWorkers(lines: readonly LogLine[]): void {
  const ended = lines.filter(({ msg }) => msg === 'worker ended').map(({ pid }) => pid)
  for (const { msg, pid } of lines) {
    if (msg !== 'worker started' || ended.includes(pid)) continue
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

export interface Caller {
  /** Status and body; rejects when the connection fails. */
  ask(path?: string): Promise<string>
  close(): void
}

/** One kept connection, so one worker. */
export function connectCaller({ port, authorization }: CrewProcess): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    async ask(path = '/') {
      const client = request({ port, host: '127.0.0.1', path, headers: { authorization }, agent }).end()
      const [response] = await once(client, 'response')
      const body = Buffer.concat(await response.toArray()).toString()
      return `${response.statusCode} ${body}`
    },
    close: () => agent.destroy(),
  }
}

/** As many callers as workers, each with another worker, by its number: connections are dealt out in turn. */
export async function connectToEach(t: Test, crew: CrewProcess, workers: number): Promise<ReadonlyMap<number, Caller>> {
  const callers = new Map<number, Caller>()
  for (let count = 1; count <= workers; count++) {
    const caller = connectCaller(crew)
    t.teardown(() => caller.close())
    t.equal(await caller.ask(`/hello/${count}`), '200 ok')
    const { worker } = await crew.loggedTimes('access', 1, { path: `/hello/${count}` })
    callers.set(Number(worker), caller)
  }
  t.equal(callers.size, workers, 'each has a worker of its own')
  return callers
}

/** The sum of all samples of that name whose line has all `parts`. */
export function sumOf(metrics: string, name: string, ...parts: readonly string[]): number {
  const lines = metrics.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line))
  const values = lines.filter((line) => parts.every((part) => line.includes(part)))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
