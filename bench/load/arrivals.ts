/**
 * Open-loop arrivals: a request every so many microseconds whatever the answers do, in a process of its own. Latency
 * counts from the moment a request was due, so a gate that stalls pays for all who had to wait.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { percentile } from '../statistics.ts'
import { getRequest, openHttpSocket } from './http-socket.ts'
import { microsNow, type Pace, WARM_UP_SECONDS } from './pacer.ts'

export interface ArrivalsJob {
  readonly port: number
  readonly path: string
  readonly tokensFile: string
  readonly connections: number
  readonly ratePerSecond: number
  readonly seconds: number
}

export interface ArrivalsResult {
  readonly requests: number
  readonly refused: number
  readonly socketErrors: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  /** How late the client itself sent, at the 99th percentile; microseconds, as all of them. */
  readonly lateP99: number
}

/** A gate that fell behind may finish; what is not answered then is lost. */
const SETTLE_TIMEOUT_MS = 20_000
const SETTLE_EVERY_MS = 20

interface Connection {
  send(dueMicros: number): void
}

class Arrivals {
  readonly latencies: number[] = []
  readonly lateness: number[] = []
  refused = 0
  socketErrors = 0
  sent = 0
  answered = 0
  readonly #job: ArrivalsJob
  /** Arrivals due before are the warm-up. */
  readonly #countFromMicros: number
  readonly #requests: readonly Buffer[]
  readonly #free: Connection[] = []
  /** When the requests that found no free connection were due. */
  readonly #waiting: number[] = []
  readonly #close: (() => void)[] = []

  constructor(job: ArrivalsJob, countFromMicros: number) {
    this.#job = job
    this.#countFromMicros = countFromMicros
    const tokens = readFileSync(job.tokensFile, 'utf8').trim().split('\n')
    this.#requests = tokens.map((token) => getRequest(job.path, token))
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.#job.connections }, () => this.#connect()))
  }

  arrive(dueMicros: number): void {
    const connection = this.#free.pop()
    if (connection) connection.send(dueMicros)
    else this.#waiting.push(dueMicros)
  }

  /** Waits for the answers that are still on their way. */
  async settle(total: number): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT_MS
    while (this.answered < total && performance.now() < deadline) await sleep(SETTLE_EVERY_MS)
  }

  close(): void {
    for (const close of this.#close) close()
  }

  async #connect(): Promise<void> {
    let due = 0
    const onAnswer = (status: number): void => {
      this.answered++
      if (due >= this.#countFromMicros) this.latencies.push(microsNow() - due)
      if (status !== 200) this.refused++
      this.#giveBack(connection)
    }
    const { socket, send } = openHttpSocket(this.#job.port, { onAnswer, onLost: () => this.socketErrors++ })
    const connection: Connection = {
      send: (dueMicros) => {
        due = dueMicros
        if (due >= this.#countFromMicros) this.lateness.push(microsNow() - due)
        send(this.#requests[this.sent++ % this.#requests.length] ?? Buffer.alloc(0))
      },
    }
    this.#close.push(() => socket.removeAllListeners('close').destroy())
    await once(socket, 'connect')
    this.#free.push(connection)
  }

  #giveBack(connection: Connection): void {
    const due = this.#waiting.shift()
    if (due === undefined) this.#free.push(connection)
    else connection.send(due)
  }
}

async function run(job: ArrivalsJob): Promise<ArrivalsResult> {
  // Connections are opened within this time, or the first requests wait for them.
  const pace: Pace = { startMicros: microsNow() + 500_000, intervalMicros: 1e6 / job.ratePerSecond }
  const arrivals = new Arrivals(job, pace.startMicros + WARM_UP_SECONDS * 1e6)
  await arrivals.open()
  const total = (WARM_UP_SECONDS + job.seconds) * job.ratePerSecond
  const pacer = new Worker(new URL('pacer.ts', import.meta.url), { workerData: { ...pace, total } })
  let next = 0
  pacer.on('message', (upTo: number) => {
    for (; next <= upTo; next++) arrivals.arrive(pace.startMicros + next * pace.intervalMicros)
  })
  await once(pacer, 'exit')
  await arrivals.settle(total)
  arrivals.close()
  const { latencies, lateness, refused, socketErrors } = arrivals
  const at = (share: number): number => percentile(latencies, share)
  const lost = total - arrivals.answered
  return {
    requests: latencies.length,
    refused,
    socketErrors: socketErrors + lost,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    lateP99: percentile(lateness, 0.99),
  }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as ArrivalsJob)))
