/**
 * The socket side of the traffic listener: node:http or node:https with every limit set. TLS files are read again when they
 * change. Knows no routes and no decisions.
 */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { IncomingMessage, RequestListener, Server, ServerOptions } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import type { Config, ListenerTlsConfig } from '../../config/config.ts'
import { createServer } from '../../node-http.ts'
import { GateRequest, markDeclined } from './incoming-request.ts'
import { endSilentCallers, isAnswering } from './silent-callers.ts'

export interface ListenerOptions {
  readonly limits: Config['limits']
  /** How long a connection may be silent in both directions while a request is under way; a reload may change it. */
  readonly idleTimeoutMs: number
  readonly tls: ListenerTlsConfig | undefined
  readonly onReloadFailed: (error: Error) => void
  /** Called when a connection over `limits.connections` has been closed. */
  readonly onRefused: () => void
  /** How often the TLS files are checked for changes; default 5000. */
  readonly tlsCheckMs?: number
}

/** How often Node looks for slow connections. Its timeouts are exact to within this time. */
const connectionsCheckMs = 1000
const defaultTlsCheckMs = 5000

/** The server does not listen yet. Requests that wait for `100 Continue` reach the same handler, which answers them later. */
export function createListener(options: ListenerOptions, handler: RequestListener): Server {
  const { limits, tls } = options
  const settings = {
    maxHeaderSize: limits.headersBytes,
    // It would bound an upload however well it moves. The sweep bounds silence and rate in its place.
    requestTimeout: 0,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: connectionsCheckMs,
    insecureHTTPParser: false,
    // The walk refuses a missing Host. Node's own answer would not be problem JSON, and nobody would record it.
    requireHostHeader: false,
    noDelay: true,
    // Nobody listens to the stream of a request without a body, so Node need not make one.
    optimizeEmptyRequests: true,
    IncomingMessage: GateRequest,
    shouldUpgradeCallback: takesUpgrade,
    handshakeTimeout: limits.headersTimeoutMs,
  }
  const server = tls ? createSecure(settings, handler, { ...options, tls }) : createServer(settings, handler)
  // 0: Node drops no header lines. It would do so silently; the walk counts them and refuses.
  server.maxHeadersCount = 0
  // A caller who takes no byte of its answer would hold a connection to the service for nothing.
  endSilentCallers(server, {
    get idleTimeoutMs() {
      return options.idleTimeoutMs
    },
    keepAliveMs: limits.keepAliveMs,
    bodies: limits,
  })
  if (limits.connections !== undefined) {
    server.maxConnections = limits.connections
    server.on('drop', options.onRefused)
    // Without it a full worker hands the connection back to the primary, which offers it to the next full worker, and so on.
    Object.assign(server, { dropMaxConnection: true })
  }
  server.on('checkContinue', handler)
  // Unknown expectations may be ignored (RFC 9110 section 10.1.1). They never go upstream.
  server.on('checkExpectation', handler)
  // Node removes its own error listener at an upgrade and at a CONNECT. A reset would then be an uncaught error.
  for (const event of ['upgrade', 'connect']) {
    server.on(event, (_request, socket: Socket) => socket.on('error', ignore))
  }
  if (tls) {
    reloadOnChange(server as SecureServer, tls, options)
    closeHandshakesToo(server)
  }
  return server
}

/** True: Node hands the connection over. A declined request is marked, because its connection must end with its answer. */
function takesUpgrade(req: IncomingMessage): boolean {
  if (isWebSocket(req)) return true
  markDeclined(req)
  return false
}

/**
 * An upgrade in HTTP/1.0 is ignored, as RFC 9110 section 7.8 demands.
 * Other protocols (h2c, which Java clients offer) are declined by answering over HTTP/1.1 (RFC 9110 section 7.8). So is an
 * upgrade that arrives while an earlier request is still being answered, because both need the connection.
 */
function isWebSocket({ method, headers, socket, httpVersionMinor }: IncomingMessage): boolean {
  return (
    method === 'GET' && httpVersionMinor !== 0 && headers.upgrade?.toLowerCase() === 'websocket' && !isAnswering(socket)
  )
}

function ignore(): void {
  // A `close` event follows and ends the exchange.
}

/** Throws when the files are of no use, unless the material of other workers is known. */
function createSecure(
  settings: ServerOptions,
  handler: RequestListener,
  { tls, onReloadFailed }: ListenerOptions & { readonly tls: ListenerTlsConfig },
): SecureServer {
  try {
    return createSecureServer({ ...settings, ...readTls(tls) }, handler)
  } catch (error) {
    if (tls.known === undefined) throw error
    onReloadFailed(error as Error)
    return createSecureServer({ ...settings, ...tlsOptions(tls.known) }, handler)
  }
}

function readTls(tls: ListenerTlsConfig): TlsOptions {
  const ca = tls.clientCaFile === undefined ? {} : { ca: readFileSync(tls.clientCaFile) }
  return tlsOptions({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), ...ca })
}

/** With authorities only callers whose certificate they signed may connect. */
function tlsOptions(context: SecureContextOptions): TlsOptions {
  return context.ca === undefined ? context : { ...context, requestCert: true, rejectUnauthorized: true }
}

/** `close` waits for callers that never finish their TLS handshake, but `closeAllConnections` does not know them yet. */
function closeHandshakesToo(server: Server): void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const closeAll = server.closeAllConnections.bind(server)
  server.closeAllConnections = () => {
    closeAll()
    for (const socket of sockets) socket.destroy()
  }
}

/** New connections get the new certificate. When the files do not fit together, the old certificate stays. */
function reloadOnChange(server: SecureServer, tls: ListenerTlsConfig, options: ListenerOptions): void {
  const { onReloadFailed, tlsCheckMs = defaultTlsCheckMs } = options
  const files = [tls.certFile, tls.keyFile, tls.clientCaFile].filter((file) => file !== undefined)
  const reload = (): void => {
    try {
      server.setSecureContext(readTls(tls))
    } catch (error) {
      onReloadFailed(error as Error)
    }
  }
  for (const file of files) watchFile(file, { interval: tlsCheckMs, persistent: false }, reload)
  server.once('close', () => {
    for (const file of files) unwatchFile(file, reload)
  })
}
