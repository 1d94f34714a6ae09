/**
 * @fastify/http-proxy, which carries relayed WebSockets, in a Fastify instance that listens nowhere. It sees only upgrades
 * that were allowed. It must never add, keep or drop a header by itself: what goes upstream is the relay's to say.
 */
import type { ClientRequest, IncomingMessage as Request } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { WebSocket } from 'ws'
import { schemaless } from '../../fastify-options.ts'
import { readLines } from '../../headers/lines.ts'
import { createServer, IncomingMessage } from '../../node-http.ts'
import type { SocketRelay } from './socket-relay.ts'

/** Gives the plugin an upgrade: it answers the caller, and asks `host` as that relay says. */
export type HandOver = (req: Request, host: string) => void

/** Of a message, from either side; a longer one is close code 1009. */
const maxMessageBytes = 16 * 1024 * 1024
/** How long a side has to answer a close frame. */
const lingerMs = 5000
const socketOptions = { maxPayload: maxMessageBytes, closeTimeout: lingerMs, perMessageDeflate: false }

/**
 * `relays` is by host. To the plugin every relay is an upstream of its own, with a made-up host name: the plugin carries
 * that name to each of its hooks, which find the relay by it. No such name is ever resolved or sent.
 */
export async function mountPlugin(relays: ReadonlyMap<string, SocketRelay>): Promise<HandOver> {
  const app = fastify({ ...schemaless, serverFactory: (handler) => createServer(handler) })
  app.register(httpProxy, {
    upstream: '',
    replyOptions: { getUpstream: ({ host }) => `http://${host}` },
    httpMethods: ['GET'],
    handler: refuseUnreachable,
    websocket: true,
    wsServerOptions: { ...socketOptions, ...callerSide },
    wsClientOptions: { ...socketOptions, ...upstreamSide(relays) },
    wsHooks: {
      onConnect: (_context, source, target) => relays.get(new URL(target.url).host)?.opened(source, target),
      onIncomingMessage: (_context, source, target) => relieve(source, target),
      onOutgoingMessage: (_context, source, target) => relieve(target, source),
    },
  })
  await app.ready()
  return (req, host) => app.server.emit('upgrade', shownRequest(req, host), req.socket, Buffer.alloc(0))
}

/** What the plugin sees of the caller's request: no target, so none is read in two ways, and the relay's host. */
function shownRequest({ socket, headers }: Request, host: string): Request {
  return Object.assign(new IncomingMessage(socket), { method: 'GET', url: '/', headers: { ...headers, host } })
}

type Opened = (error: Error | null, socket?: object) => void

/** An `object`, because the types of ws want `createConnection` to return the socket, which Node also takes later. */
function upstreamSide(relays: ReadonlyMap<string, SocketRelay>): object {
  const relayAt = ({ host }: { readonly host: string }): SocketRelay => {
    const relay = relays.get(host)
    if (relay === undefined) throw new Error('an upgrade passed the gate without a decision')
    return relay
  }
  return {
    rewriteRequestHeaders: (_headers: unknown, request: FastifyRequest) => toHeaderObject(relayAt(request).headers),
    createConnection: (options: { readonly host: string }, done: Opened) => relayAt(options).connect(done),
    finishRequest(request: ClientRequest, target: WebSocket) {
      const relay = relayAt(request)
      relay.ask(target)
      // What was matched is what is sent.
      request.path = relay.target
      request.end()
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

/** An `object`, because the plugin's types want a class with all that the module `ws` exports. */
const callerSide: object = { WebSocket: CallerSocket }

function refuseUnreachable(): never {
  throw new Error('an HTTP exchange reached the WebSocket plugin')
}

/** The handshake with the upstream is the WebSocket client's own. */
const handshakeHeaders: ReadonlySet<string> = new Set([
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'content-length',
])

function toHeaderObject(lines: string): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  for (const [name, value] of readLines(lines)) {
    const key = name.toLowerCase()
    if (handshakeHeaders.has(key)) continue
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
