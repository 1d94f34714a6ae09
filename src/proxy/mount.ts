/**
 * @fastify/http-proxy as the catch-all of the traffic listener: it carries WebSocket upgrades. What it sends upstream is
 * decided before it is reached; it must never add, keep or drop a header by itself.
 */
import { METHODS } from 'node:http'
import { connect } from 'node:net'
import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { WebSocket } from 'ws'
import { readLines } from '../headers/lines.ts'
import type { Tunnels } from './tunnels.ts'
import { relieve } from './tunnels.ts'
import type { Upstream } from './upstream.ts'

export function mountProxy(app: FastifyInstance, upstream: Upstream, tunnels: Tunnels): void {
  const options = {
    upstream: upstream.origin,
    httpMethods: METHODS.filter((method) => app.supportedMethods.includes(method)),
    handler: refuseUnreachable,
    websocket: true,
    wsServerOptions: { WebSocket: CallerSocket },
    wsClientOptions: clientOptions(upstream, tunnels),
    wsHooks: {
      onConnect: (_context: unknown, source: WebSocket, target: WebSocket) => tunnels.opened(source, target),
      onIncomingMessage: (_context: unknown, source: WebSocket, target: WebSocket) => relieve(source, target),
      onOutgoingMessage: (_context: unknown, source: WebSocket, target: WebSocket) => relieve(target, source),
    },
  }
  // The plugin's types know neither a WebSocket class of one's own nor the client's finishRequest.
  app.register(httpProxy, options as unknown as FastifyHttpProxyOptions)
}

type Admission = ReturnType<Tunnels['admissionOf']>

function clientOptions({ tls, socketPath, connectTimeoutMs }: Upstream, tunnels: Tunnels): object {
  // The plugin asks for the headers and opens the connection in one synchronous call.
  let opening: Admission
  return {
    ...tls,
    handshakeTimeout: connectTimeoutMs,
    perMessageDeflate: false,
    rewriteRequestHeaders(_headers: unknown, request: FastifyRequest) {
      opening = tunnels.admissionOf(request.raw)
      if (opening === undefined) throw new Error('an upgrade passed the gate without a decision')
      return toHeaderObject(opening.upgrade.headers)
    },
    finishRequest(request: { path: string; end(): void }, target: WebSocket) {
      if (opening) tunnels.bind(target, opening)
      // The plugin is shown `/` and writes a URL of its own; what was matched is what is sent.
      if (opening) request.path = opening.upgrade.target
      request.end()
    },
    ...(socketPath === undefined ? {} : { createConnection: () => connect(socketPath) }),
  }
}

/** The plugin closes with the error of the upstream connection as the reason: an address, or too long for a frame. */
class CallerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === 1011) super.close(code)
    else super.close(code, reason)
  }
}

/** HTTP exchanges never get as far as the plugin's handler: the gate's hook has taken them. */
function refuseUnreachable(): never {
  throw new Error('an HTTP exchange passed the gate')
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
