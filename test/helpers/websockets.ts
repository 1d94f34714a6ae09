/** WebSocket peers for tests: callers of the gate, and an upstream that keeps what it gets. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Test } from 'tap'
import type { ClientOptions } from 'ws'
import { WebSocket, WebSocketServer } from 'ws'
import { createTally } from './tally.ts'
import type { Upstream } from './upstream.ts'
import { startUpstream } from './upstream.ts'

export interface SocketUpstream extends Upstream {
  /** Handshakes that reached it, in order. */
  readonly handshakes: readonly IncomingMessage[]
  readonly sockets: readonly WebSocket[]
  /** Resolves once that many connections have been opened. */
  opened(count: number): Promise<void>
}

/** Echoes every message unless `onConnection` is given. */
export async function startSocketUpstream(
  t: Test,
  onConnection: (socket: WebSocket, request: IncomingMessage) => void = echo,
): Promise<SocketUpstream> {
  const upstream = await startUpstream(t)
  const handshakes: IncomingMessage[] = []
  const sockets: WebSocket[] = []
  const openings = createTally()
  const server = new WebSocketServer({ server: upstream.server, clientTracking: false })
  server.on('connection', (socket, request) => {
    handshakes.push(request)
    sockets.push(socket)
    onConnection(socket, request)
    openings.add()
  })
  t.teardown(() => {
    for (const socket of sockets) socket.terminate()
  })
  return Object.assign(Object.create(upstream), { handshakes, sockets, opened: openings.reached })
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, binary) => socket.send(data, { binary }))
}

export interface Caller {
  readonly socket: WebSocket
  /** The next message. */
  next(): Promise<Buffer>
  /** Code and reason, past or future. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** Resolves once the gate has accepted the upgrade; rejects with `Unexpected server response: STATUS`. */
export async function openCaller(
  t: Test,
  url: string,
  options: ClientOptions = {},
  protocols: string[] = [],
): Promise<Caller> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options)
  t.teardown(() => socket.terminate())
  const messages: Buffer[] = []
  const arrivals = createTally()
  let taken = 0
  socket.on('message', (data: Buffer) => {
    messages.push(data)
    arrivals.add()
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }))
  closed.catch(() => undefined)
  await once(socket, 'open')
  return {
    socket,
    closed,
    async next() {
      taken++
      const index = taken - 1
      await arrivals.reached(taken)
      return messages[index] ?? Buffer.alloc(0)
    },
  }
}
