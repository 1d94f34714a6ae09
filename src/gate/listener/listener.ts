/**
 * The socket side of the traffic listener: node:http or node:https with every limit set, TLS reloaded when its files
 * change. Knows no routes and no decisions.
 */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
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
  /** Without a byte in either direction, while a request is under way. */
  readonly idleTimeoutMs: number
  readonly tls: ListenerTlsConfig | undefined
  readonly onReloadFailed: (error: Error) => void
  /** A connection over `limits.connections` has been closed. */
  readonly onRefused: () => void
  /** How often the TLS files are looked at; default 5000. */
  readonly tlsCheckMs?: number
}

/** How often slow and idle connections are looked for; the timeouts are met within this. */
const connectionsCheckMs = 1000
const defaultTlsCheckMs = 5000

/** Not listening yet. Requests that wait for `100 Continue` reach the same handler; it answers them when it may. */
export function createListener(options: ListenerOptions, handler: RequestListener): Server {
  const { limits, tls, idleTimeoutMs } = options
  const settings = {
    maxHeaderSize: limits.headersBytes,
    requestTimeout: limits.requestTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: connectionsCheckMs,
    insecureHTTPParser: false,
    // The walk refuses a missing Host itself: Node's own answer would be neither problem JSON nor recorded.
    requireHostHeader: false,
    noDelay: true,
    // A request without a body has no stream to be ended: nobody listens to one.
    optimizeEmptyRequests: true,
    IncomingMessage: GateRequest,
    shouldUpgradeCallback: takesUpgrade,
    handshakeTimeout: limits.headersTimeoutMs,
  }
  const server = tls ? createSecureServer({ ...settings, ...readTls(tls) }, handler) : createServer(settings, handler)
  // Node would drop what comes after this many lines without a word; the walk counts them instead.
  server.maxHeadersCount = 0
  // A caller who takes no byte of its answer is a connection upstream kept open for nobody.
  endSilentCallers(server, { idleTimeoutMs, keepAliveMs: limits.keepAliveMs })
  if (limits.connections !== undefined) {
    server.maxConnections = limits.connections
    server.on('drop', options.onRefused)
    // A full worker would hand the connection back to the primary, and that to the next full one, until one has room.
    Object.assign(server, { dropMaxConnection: true })
  }
  server.on('checkContinue', handler)
  // An expectation nobody knows may be ignored (RFC 9110 section 10.1.1); it never goes upstream.
  server.on('checkExpectation', handler)
  // Node takes its own listener away at an upgrade and at a CONNECT: from there on a reset would be an error nobody hears.
  for (const event of ['upgrade', 'connect']) {
    server.on(event, (_request, socket: Socket) => socket.on('error', ignore))
  }
  if (tls) {
    reloadOnChange(server as SecureServer, tls, options)
    closeHandshakesToo(server)
  }
  return server
}

/** True: Node hands the connection over. A request whose offer is declined is marked, for its connection ends with it. */
function takesUpgrade(req: IncomingMessage): boolean {
  if (isWebSocket(req)) return true
  markDeclined(req)
  return false
}

/**
 * Any other protocol offered (h2c by Java clients) is declined by answering over HTTP/1.1 (RFC 9110 section 7.8), and so
 * is an upgrade behind a request that is still being answered: its connection is not free to become something else.
 */
function isWebSocket({ method, headers, socket }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && !isAnswering(socket)
}

function ignore(): void {
  // `close` follows and ends the exchange.
}

function readTls(tls: ListenerTlsConfig): TlsOptions {
  const context: SecureContextOptions = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }
  if (tls.clientCaFile === undefined) return context
  return { ...context, ca: readFileSync(tls.clientCaFile), requestCert: true, rejectUnauthorized: true }
}

/** To `closeAllConnections` a caller who never finishes its TLS handshake is no connection yet, but `close` waits for it. */
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

/** New connections get the new certificate; a broken pair of files leaves the old one in place. */
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
