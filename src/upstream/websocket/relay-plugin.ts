/**
 * Mounts @fastify/http-proxy, which carries relayed WebSockets, in a Fastify instance that listens nowhere and gets
 * only upgrades that were allowed. Apart from the WebSocket handshake it must never add an upstream header or drop one:
 * `SocketRelay` has them all.
 */
import type { ClientRequest, IncomingMessage as Request } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { WebSocket } from 'ws'
import { schemaless } from '../../fastify-options.ts'
import { readLines } from '../../headers/lines.ts'
import { droppedFromHandshakes } from '../../headers/names.ts'
import { createServer, IncomingMessage } from '../../node-http.ts'
import type { SocketRelay } from './socket-relay.ts'

/** Gives an upgrade to the plugin, which answers 101 to the caller and then asks the upstream for the relay `host`. */
export type HandOver = (req: Request, host: string) => void

/** A longer message, from either side, closes the WebSocket with 1009. */
const maxMessageBytes = 16 * 1024 * 1024
/** How long a side has to answer a close frame. */
const lingerMs = 5000
const socketOptions = { maxPayload: maxMessageBytes, closeTimeout: lingerMs, perMessageDeflate: false }

/**
 * The keys of `relays` are made-up host names. To the plugin every relay is an upstream with a host name of its own.
 * The plugin passes that name to each of its hooks, and the hook finds the relay by it. The name is never resolved or
 * sent.
 */
export async function mountPlugin(relays: ReadonlyMap<string, SocketRelay>): Promise<HandOver> {
  const app = fastify({ ...schemaless, serverFactory: (handler) => createServer(handler) })
  app.register(httpProxy, {
    // Empty, so that the plugin asks `getUpstream`.
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

/** The request as the plugin sees it: with the relay's host, and without the target, so that nobody parses it twice. */
function shownRequest({ socket, headers }: Request, host: string): Request {
  return Object.assign(new IncomingMessage(socket), { method: 'GET', url: '/', headers: { ...headers, host } })
}

type Opened = (error: Error | null, socket?: object) => void

/** Typed as `object`: the types of `ws` want `createConnection` to return a socket; Node also takes one by callback. */
function upstreamSide(relays: ReadonlyMap<string, SocketRelay>): object {
  const relayAt = ({ host }: { readonly host: string }): SocketRelay => {
    const relay = relays.get(host)
    if (relay === undefined) throw new Error('the plugin got an upgrade that has no relay')
    return relay
  }
  return {
    rewriteRequestHeaders: (_headers: unknown, request: FastifyRequest) => toHeaderObject(relayAt(request).headers),
    createConnection: (options: { readonly host: string }, done: Opened) => relayAt(options).connect(done),
    finishRequest(request: ClientRequest, target: WebSocket) {
      const relay = relayAt(request)
      relay.ask(target)
      // As received: the path that was matched is the path that is sent.
      request.path = relay.requestTarget
      request.end()
    },
  }
}

/**
 * Drops the reason of close code 1011. The plugin puts the error of the upstream connection there, which can tell the
 * caller an internal address, and can be too long for a frame.
 */
class CallerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === 1011) super.close(code)
    else super.close(code, reason)
  }
}

/** Typed as `object`: in the types of the plugin, `WebSocket` is the module `ws` with all its exports. */
const callerSide: object = { WebSocket: CallerSocket }

function refuseUnreachable(): never {
  throw new Error('the WebSocket plugin got a request that is not an upgrade')
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

/** While this many bytes wait to be sent to one side, the other side is not read. */
const maxBufferedBytes = 1024 * 1024
const checkMs = 10

/**
 * Backpressure between the two sides of a relay: pauses `reader` while `writer` is not open yet or cannot keep up. It
 * looks again every 10 ms, because `ws` emits no event when its buffer drains.
 */
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
