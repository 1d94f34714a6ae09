/** WebSocket peers for tests: callers of the gate, and an upstream that keeps what it gets. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
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

/** Resolves once the upgrade is accepted; rejects with `Unexpected server response: STATUS`. */
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

const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ=='

/** An upgrade request as bytes; `fields` are whole lines without CRLF. */
export function handshakeBytes(target: string, ...fields: readonly string[]): string {
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  return [`GET ${target} HTTP/1.1`, 'Host: a', ...lines, `Sec-WebSocket-Key: ${sampleKey}`, ...fields, '\r\n'].join(
    '\r\n',
  )
}

/** Answers the first head on this connection; nothing to say ends it. A string is latin1. */
export function answerUpgradeWith(socket: Socket, answer: (accept: string) => string): void {
  socket.once('data', (head: Buffer) => {
    const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(head.toString())?.[1] ?? ''
    const bytes = answer(acceptFor(key))
    if (bytes === '') socket.end()
    else socket.write(bytes, 'latin1')
  })
}

export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** A caller that has written these bytes, and does not mind being reset. */
export async function openRaw(t: Test, port: number, bytes: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  caller.write(bytes, 'latin1')
  return caller
}

/** What arrives up to and with `mark`, in latin1. Rejects when the connection ends before. */
export function readUntil(socket: Socket, mark: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const add = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    if (!text.includes(mark)) return
    socket.off('data', add)
    resolve(text)
  }
  socket.on('data', add).once('close', () => reject(new Error(`closed before ${mark}`)))
  return promise
}
