/**
 * @fastify/http-proxy, which carries relayed WebSockets, in an instance of its own that listens nowhere: it sees upgrades
 * that were allowed. What is sent upstream is decided before it; it must never add, keep or drop a header by itself.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import httpProxy from '@fastify/http-proxy'
import type { FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { WebSocket } from 'ws'
import { schemaless } from '../../fastify-options.ts'
import { readLines } from '../../headers/lines.ts'
import { droppedFromHandshakes } from '../../headers/names.ts'
import { createServer } from '../../node-http.ts'
import type { SocketRelay } from './socket-relay.ts'

/** The plugin answers the caller and asks the upstream; `relay` is told of each step. */
export type HandOver = (req: IncomingMessage, relay: SocketRelay) => void

/** Either side's; a longer message is close code 1009. */
const maxMessageBytes = 16 * 1024 * 1024
/** How long a side has to answer a close frame. */
const lingerMs = 5000
const socketOptions = { maxPayload: maxMessageBytes, closeTimeout: lingerMs, perMessageDeflate: false }

export async function mountProxy(): Promise<HandOver> {
  const relays = new WeakMap<IncomingMessage, SocketRelay>()
  const app = fastify({
    ...schemaless,
    serverFactory: (handler) => createServer(handler),
    // The plugin is shown no URL, so none is read in two ways.
    rewriteUrl: () => '/',
  })
  const options = {
    // A name for a connection that is opened elsewhere.
    upstream: 'http://upstream.invalid',
    httpMethods: ['GET'],
    handler: refuseUnreachable,
    websocket: true,
    wsServerOptions: { ...socketOptions, WebSocket: CallerSocket },
    ...upstreamSide(relays),
  }
  // The plugin's types know neither a WebSocket class of one's own nor the client's finishRequest.
  app.register(httpProxy, options as unknown as FastifyHttpProxyOptions)
  await app.ready()
  return (req, relay) => {
    relays.set(req, relay)
    app.server.emit('upgrade', req, req.socket, Buffer.alloc(0))
  }
}

type Opened = (error: Error | null, socket?: object) => void

function upstreamSide(relays: WeakMap<IncomingMessage, SocketRelay>): object {
  const targets = new WeakMap<WebSocket, SocketRelay>()
  // The plugin asks for the headers and opens the connection in one synchronous call.
  let opening: SocketRelay | undefined
  return {
    wsClientOptions: {
      ...socketOptions,
      rewriteRequestHeaders(_headers: unknown, { raw }: FastifyRequest) {
        opening = relays.get(raw)
        if (opening === undefined) throw new Error('an upgrade passed the gate without a decision')
        return toHeaderObject(opening.headers)
      },
      createConnection: (_options: unknown, done: Opened) => opening?.connect(done),
      finishRequest(request: { path: string; end(): void }, target: WebSocket) {
        if (opening === undefined) return
        targets.set(target, opening)
        opening.ask(target)
        // What was matched is what is sent.
        request.path = opening.target
        request.end()
      },
    },
    wsHooks: {
      onConnect: (_context: unknown, source: WebSocket, target: WebSocket) =>
        targets.get(target)?.opened(source, target),
      onIncomingMessage: (_context: unknown, source: WebSocket, target: WebSocket) => relieve(source, target),
      onOutgoingMessage: (_context: unknown, source: WebSocket, target: WebSocket) => relieve(target, source),
    },
  }
}

/** The plugin closes with the error of the upstream connection as the reason: an address, or too long for a frame. */
class CallerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === 1011) super.close(code)
    else super.close(code, reason)
  }
}

function refuseUnreachable(): never {
  throw new Error('an HTTP exchange reached the WebSocket plugin')
}

function toHeaderObject(lines: string): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  for (const [name, value] of readLines(lines)) {
    const key = name.toLowerCase()
    if (droppedFromHandshakes.has(key)) continue
    headers[key] ??= []
    headers[key].push(value)
  }
  return headers
}

/** Beyond this many unsent bytes the other side is not read. */
const maxBufferedBytes = 1024 * 1024
const checkMs = 10

/** Stops reading one side while the other cannot keep up, or is not open yet. */
function relieve(reader: WebSocket, writer: WebSocket): void {
  if (!isBehind(writer) || reader.isPaused) return
  reader.pause()
  const check = setInterval(() => {
    if (isBehind(writer)) return
    clearInterval(check)
    reader.resume()
  }, checkMs)
}

function isBehind({ readyState, bufferedAmount }: WebSocket): boolean {
  return readyState === WebSocket.CONNECTING || (readyState === WebSocket.OPEN && bufferedAmount >= maxBufferedBytes)
}
