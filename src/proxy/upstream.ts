/**
 * The connection pool to the one protected server, and what a failed exchange with it means. TLS is verified unless the
 * configuration says `insecureSkipVerify`.
 */
import { readFileSync } from 'node:fs'
import type { Dispatcher } from 'undici'
import { buildConnector, Client, Pool } from 'undici'
import type { UpstreamConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import { bodyLimitCode } from './upload.ts'

/** `servername` is undici's, missing from its types: without it the caller's Host would name the certificate to expect. */
export interface UpstreamRequest extends Dispatcher.DispatchOptions {
  readonly servername: string
}

export interface Upstream {
  readonly pool: Pool
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string
  /** What the WebSocket client needs to open a connection of its own. */
  readonly origin: string
  readonly socketPath: string | undefined
  readonly tls: UpstreamTls
  readonly connect: buildConnector.connector
  readonly connectTimeoutMs: number
}

export interface UpstreamTls {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

/**
 * A connection is replaced after this age, so that a changed DNS answer is followed. Not undici's `clientTtl`: requests
 * that wait for a connection it retires are forgotten.
 */
const connectionAgeMs = 5 * 60_000
const maxResponseHeadBytes = 64 * 1024

export function createUpstream(config: UpstreamConfig): Upstream {
  const socketPath = config.url.startsWith('unix:') ? config.url.slice('unix:'.length) : undefined
  const origin = socketPath === undefined ? new URL(config.url).origin : 'http://localhost'
  const tls = readTls(config.tls)
  const hostname = new URL(origin).hostname.replace(/^\[|\]$/g, '')
  const connect = buildConnector({
    ...tls,
    timeout: config.connectTimeoutMs,
    ...(socketPath === undefined ? {} : { socketPath }),
  })
  const pool = new Pool(origin, {
    connections: config.maxConnections,
    pipelining: 1,
    headersTimeout: config.responseTimeoutMs,
    bodyTimeout: config.idleTimeoutMs,
    maxHeaderSize: maxResponseHeadBytes,
    factory: (url, options) => new AgingClient(url, options, connect),
  })
  return { pool, hostname, origin, socketPath, tls, connect, connectTimeoutMs: config.connectTimeoutMs }
}

/** One connection at a time, renewed when it is old. */
class AgingClient extends Client {
  readonly #connection: Connection

  constructor(origin: URL, options: object, connect: buildConnector.connector) {
    const connection: Connection = { openedAt: undefined }
    super(origin, {
      ...options,
      connect: (target, callback) =>
        // The name is the connector's own: from `upstream.tls.serverName` or the origin, none for an address.
        connect({ ...target, servername: '' }, (...[error, socket]: buildConnector.CallbackArgs) => {
          if (error) return callback(error, null)
          connection.openedAt = performance.now()
          socket.on('error', markReset)
          callback(null, socket)
        }),
    })
    this.#connection = connection
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { openedAt } = this.#connection
    if (openedAt !== undefined && performance.now() - openedAt > connectionAgeMs) options.reset = true
    return super.dispatch(options, handler)
  }
}

interface Connection {
  /** Of `performance.now()`. */
  openedAt: number | undefined
}

/**
 * Heard before undici's own listener, which takes ECONNRESET for the end of a body that only the close delimits, and
 * fails an assertion, ending the process, when the caller reads slowly just then. This code it treats as a broken exchange.
 */
function markReset(error: Error & { code?: string }): void {
  if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET'
}

function readTls(config: UpstreamConfig['tls']): UpstreamTls {
  const read = (path: string) => readFileSync(path, 'utf8')
  return {
    rejectUnauthorized: !config.insecureSkipVerify,
    ...(config.caFile === undefined ? {} : { ca: read(config.caFile) }),
    ...(config.certFile === undefined ? {} : { cert: read(config.certFile) }),
    ...(config.keyFile === undefined ? {} : { key: read(config.keyFile) }),
    ...(config.serverName === undefined ? {} : { servername: config.serverName }),
  }
}

/** Opens one connection, TLS included, and closes it. Rejects with what is in the way. */
export function reachUpstream({ connect, origin, hostname }: Upstream): Promise<void> {
  const { protocol, host, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    connect({ protocol, host, hostname, port }, (error, socket) => {
      socket?.destroy()
      if (error) reject(error)
      else resolve()
    })
  })
}

export const invalidAnswerCode = 'COGATE_INVALID_ANSWER'

const reasonByCode: ReadonlyMap<string, Reason> = new Map([
  [bodyLimitCode, 'request_too_large'],
  [invalidAnswerCode, 'upstream_invalid_response'],
  // What undici and Node say of a head that is none, or that cannot be written.
  ['ERR_ASSERTION', 'upstream_invalid_response'],
  ['ERR_INVALID_CHAR', 'upstream_invalid_response'],
  ['UND_ERR_CONNECT_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'upstream_invalid_response'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'upstream_invalid_response'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'request_malformed'],
  ['UND_ERR_INVALID_ARG', 'request_malformed'],
])

/** `connected`: the request had reached a connection, so the server was there and went away. */
export function failureReason(error: Error & { readonly code?: string }, connected: boolean): Reason {
  const known = reasonByCode.get(error.code ?? '')
  if (known) return known
  if (!connected) return 'upstream_unreachable'
  if (error.name === 'HTTPParserError' || /^bad (?:response|upgrade)$/.test(error.message)) {
    return 'upstream_invalid_response'
  }
  return 'upstream_reset'
}
