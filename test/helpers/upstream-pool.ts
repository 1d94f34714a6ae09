/** A pool of upstream connections in front of a scripted upstream, and the requests to put through it. */
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Test } from 'tap'
import type { PoolOptions } from '../../src/upstream/pool.ts'
import { UpstreamPool } from '../../src/upstream/pool.ts'
import { createExchangeLog, type ExchangeLog } from './exchange-log.ts'
import { type ConnectionScript, startRawUpstream } from './upstream.ts'

type Connect = PoolOptions['connect']

export const get = { method: 'GET', writeHead: () => 'GET / HTTP/1.1\r\n\r\n', body: undefined }
export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
export const answered = ['head 200', 'body ok', 'end']

export function connectTo(port: number): Connect {
  return (done) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', (error) => socket.listenerCount('data') === 0 && done(error, null))
    socket.once('connect', () => done(null, socket))
  }
}

/** Far from every timeout unless a test says otherwise. */
export function createPool(t: Test, options: Pick<PoolOptions, 'connect'> & Partial<PoolOptions>): UpstreamPool {
  const waits = { waitTimeoutMs: 60_000, responseTimeoutMs: 60_000, idleTimeoutMs: 60_000 }
  const lives = { keepAliveMs: 60_000, certainMs: 60_000, maxAgeMs: 60_000, reuses: true, now: () => performance.now() }
  const pool = new UpstreamPool({
    maxConnections: 1,
    maxWaiting: 1000,
    tolerated: new Set(),
    ...waits,
    ...lives,
    ...options,
  })
  t.teardown(() => pool.close())
  return pool
}

export async function startPool(t: Test, script: ConnectionScript, options: Partial<PoolOptions> = {}) {
  const upstream = await startRawUpstream(t, script)
  return { upstream, pool: createPool(t, { connect: connectTo(upstream.port), ...options }) }
}

export async function ask(pool: UpstreamPool): Promise<ExchangeLog> {
  const log = createExchangeLog()
  pool.dispatch(get, log)
  await log.over
  return log
}

/** Until what was put off to the next turn of the event loop has happened. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))

export function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

export function upload() {
  const stream = new PassThrough()
  const writeHead = () => 'POST / HTTP/1.1\r\n\r\n'
  return { stream, request: { method: 'POST', writeHead, body: { stream, chunked: true } } }
}

/** Whether what still comes is read and thrown away. */
export function isDiscarded(stream: PassThrough): boolean {
  return stream.readableFlowing === true && stream.listenerCount('data') === 0
}

/** A script that answers when the test says so, in the order of the requests. */
export function answerWhenTold() {
  const asked: Socket[] = []
  const script: ConnectionScript = (socket) => socket.on('data', () => asked.push(socket))
  return { asked, script, answer: () => asked.shift()?.write(ok) }
}
