/** Upstreams for tests: one that records what it received, one whose bytes the test writes itself. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { listenOnLoopback } from './listen.ts'
import { createTally } from './tally.ts'

export interface RecordedRequest {
  readonly method: string
  /** The request target as it stood in the request line. */
  readonly url: string
  /** Names and values alternating, in the order and case they were sent. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingHttpHeaders
  /** What has arrived so far. */
  readonly body: Buffer
  /** Whether the whole body arrived. */
  readonly complete: boolean
  /** Whether the peer went away before the body was complete. */
  readonly aborted: boolean
}

export type UpstreamHandler = (request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest) => unknown

export interface Upstream {
  readonly url: string
  readonly port: number
  /** In order of arrival, from the moment the head has been read. */
  readonly requests: readonly RecordedRequest[]
  /** For `upgrade` listeners and the like. */
  readonly server: Server
  readonly openSockets: number
  /** Resolves once that many request heads have been received. */
  received(count: number): Promise<void>
  close(): Promise<void>
}

/** The default handler answers 200 with `{method, url, headers}` once the body has arrived. */
export async function startUpstream(t: Test, handler: UpstreamHandler = echo): Promise<Upstream> {
  const requests: RecordedRequest[] = []
  const arrivals = createTally()
  // Generous, so that a refused request was refused by what stands in front.
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
    const recorded = record(request)
    requests.push(recorded)
    arrivals.add()
    void handler(request, response, recorded)
  })
  const { port, sockets, close } = await listenOnLoopback(t, server)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    server,
    get openSockets() {
      return sockets.size
    },
    received: (count) => arrivals.reached(count),
    close,
  }
}

function record(request: IncomingMessage): RecordedRequest {
  const chunks: Buffer[] = []
  let aborted = false
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('error', () => {
    aborted = true
  })
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    get body() {
      return Buffer.concat(chunks)
    },
    get complete() {
      return request.complete
    },
    get aborted() {
      return aborted
    },
  }
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ method, url, headers }))
  })
}

/** Called once for every connection, before its first byte has been read. */
export type ConnectionScript = (socket: Socket, connectionIndex: number) => void

export interface RawUpstream {
  readonly url: string
  readonly port: number
  /** Connections accepted so far. */
  readonly connections: number
  readonly openSockets: number
  /** Resolves once that many connections have been accepted. */
  connected(count: number): Promise<void>
  /** Every byte received on that connection so far. */
  receivedBytes(connectionIndex: number): Buffer
  close(): Promise<void>
}

/** A script that must not read calls `socket.pause()`. */
export async function startRawUpstream(t: Test, script: ConnectionScript): Promise<RawUpstream> {
  const received: Buffer[][] = []
  const connections = createTally()
  const server = createTcpServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const chunks: Buffer[] = []
    received.push(chunks)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    script(socket, received.length - 1)
    connections.add()
  })
  const { port, sockets, close } = await listenOnLoopback(t, server)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections.count
    },
    get openSockets() {
      return sockets.size
    },
    connected: (count) => connections.reached(count),
    receivedBytes: (connectionIndex) => Buffer.concat(received[connectionIndex] ?? []),
    close,
  }
}

/** What happens to the connection once the bytes are out: it stays, it is ended (FIN), or it is reset (RST). */
export type AfterAnswer = 'keep' | 'end' | 'reset'

/** A script that answers every request head with these bytes (a string is latin1). Request bodies are not understood. */
export function answerHeadsWith(bytes: string | Buffer, after: AfterAnswer = 'keep'): ConnectionScript {
  const answer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  return (socket) => {
    let pending = ''
    socket.on('data', (chunk: Buffer) => {
      const parts = (pending + chunk.toString('latin1')).split('\r\n\r\n')
      pending = parts.pop() ?? ''
      for (const _head of parts) socket.write(answer, () => finish(socket, after))
    })
    socket.on('end', () => socket.end())
  }
}

function finish(socket: Socket, after: AfterAnswer): void {
  if (after === 'end') socket.end()
  if (after === 'reset') socket.resetAndDestroy()
}
