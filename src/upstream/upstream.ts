/**
 * The way to the one protected server: its connections, pooled or alone, and the reason that a failure stands for. It
 * must never skip the verification of TLS unless the configuration says `insecureSkipVerify`.
 */
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsMaterial, UpstreamConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import { startSweep } from '../timer.ts'
import type { Connect, ConnectTarget, TargetTls } from './connect.ts'
import { ConnectError, ConnectTimeoutError, createConnector } from './connect.ts'
import type { ConnectionOptions } from './connection.ts'
import { Connection, UpstreamTimeoutError } from './connection.ts'
import type { ExchangeHandler, UpstreamRequest } from './exchange-handler.ts'
import { OverloadedError, UpstreamPool } from './pool.ts'
import { ProtocolError } from './response-head.ts'
import type { Ticket } from './ticket.ts'
import { BodyLimitError } from './upload.ts'

export interface Upstream {
  readonly pool: UpstreamPool
  /** Sends one request on an unpooled connection, which afterwards becomes a tunnel or is closed. */
  readonly dispatchAlone: (request: UpstreamRequest, handler: ExchangeHandler) => Ticket
  readonly connect: Connect
}

/** The age limit of a pooled connection, so that the pool follows DNS changes. */
const connectionAgeMs = 5 * 60_000
/** Shorter than the keep-alive timeout of common servers: the shortest default we know is gunicorn's, 2 s. */
const commonKeepAliveMs = 1500

/** A duration of the user's is a promise of the service. It holds until the service is seen to break it. */
function readKeepAlive(setting: UpstreamConfig['keepAliveMs']) {
  if (typeof setting === 'number') return { reuses: true, keepAliveMs: setting, certainMs: setting }
  const isAuto = setting === 'auto'
  return { reuses: isAuto, keepAliveMs: commonKeepAliveMs, certainMs: commonKeepAliveMs / 2 }
}

/** `onTlsFault` is told when the TLS files cannot be read and the material of other workers takes their place. */
export function createUpstream(config: UpstreamConfig, onTlsFault: (error: Error) => void = () => {}): Upstream {
  const connect = createConnector({ ...readTarget(config, onTlsFault), timeoutMs: config.connectTimeoutMs })
  const options = {
    responseTimeoutMs: config.responseTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs,
    ...readKeepAlive(config.keepAliveMs),
    tolerated: new Set(config.tolerate),
    now: () => performance.now(),
    connect,
  }
  const { maxConnections, maxWaiting, waitTimeoutMs } = config
  const pool = new UpstreamPool({ ...options, maxConnections, maxWaiting, waitTimeoutMs, maxAgeMs: connectionAgeMs })
  return { pool, dispatchAlone: (request, handler) => dispatchAlone(options, request, handler), connect }
}

function readTarget(
  { url, tls }: UpstreamConfig,
  onTlsFault: (error: Error) => void,
): Pick<ConnectTarget, 'address' | 'tls'> {
  if (url.startsWith('unix:')) return { address: { path: url.slice('unix:'.length) }, tls: undefined }
  const { protocol, hostname, port } = new URL(url)
  const isSecure = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  return {
    address: { host, port: Number(port) || (isSecure ? 443 : 80) },
    tls: isSecure ? readTls(tls, host, onTlsFault) : undefined,
  }
}

function readTls(config: UpstreamConfig['tls'], host: string, onTlsFault: (error: Error) => void): TargetTls {
  return {
    rejectUnauthorized: !config.insecureSkipVerify,
    name: config.serverName ?? host,
    protocols: ['http/1.1'],
    ...readMaterial(config, onTlsFault),
  }
}

function readMaterial(config: UpstreamConfig['tls'], onTlsFault: (error: Error) => void): TlsMaterial {
  const read = (path: string) => readFileSync(path, 'utf8')
  try {
    const material = {
      ...(config.caFile === undefined ? {} : { ca: read(config.caFile) }),
      ...(config.certFile === undefined ? {} : { cert: read(config.certFile) }),
      ...(config.keyFile === undefined ? {} : { key: read(config.keyFile) }),
    }
    if (config.known) createSecureContext(material)
    return material
  } catch (error) {
    if (config.known === undefined) throw error
    onTlsFault(error as Error)
    return config.known
  }
}

/** Opens one connection, including TLS, and closes it. Rejects with the error if that fails. */
export function reachUpstream({ connect }: Upstream): Promise<void> {
  return new Promise((resolve, reject) => {
    connect((error, socket) => {
      socket?.destroy()
      if (error) reject(error)
      else resolve()
    })
  })
}

/**
 * Sends `GET /` on a connection of its own and resolves to the status of the answer, whose body is not read. Rejects with
 * the error if there is no answer.
 */
export function askUpstream({ dispatchAlone: dispatch }: Upstream, host: string): Promise<number> {
  const head = `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: cogate-check\r\nAccept: */*\r\nConnection: close\r\n\r\n`
  return new Promise((resolve, reject) => {
    const ticket = dispatch(
      { method: 'GET', writeHead: () => head, body: undefined },
      {
        onHead({ status }) {
          resolve(status)
          ticket.abort()
        },
        onBody: () => true,
        onPause: () => true,
        onEnd() {},
        onError: reject,
      },
    )
  })
}

/** Any error that is none of these classes means that the connection was lost: `upstream_reset`. */
export function failureReason(error: Error): Reason {
  if (error instanceof BodyLimitError) return 'request_too_large'
  if (error instanceof OverloadedError) return 'overloaded'
  if (error instanceof UpstreamTimeoutError) return 'upstream_timeout'
  if (error instanceof ProtocolError) return 'upstream_invalid_response'
  if (!(error instanceof ConnectError)) return 'upstream_reset'
  return error.cause instanceof ConnectTimeoutError ? 'upstream_timeout' : 'upstream_unreachable'
}

export interface LoneOptions extends Omit<ConnectionOptions, 'onFree' | 'onGone' | 'onIdleClose'> {
  readonly connect: Connect
}

/**
 * Sends one request on an unpooled connection, which afterwards becomes a tunnel or is closed. It does not count
 * towards `maxConnections`, and the request is never sent twice.
 */
function dispatchAlone(options: LoneOptions, request: UpstreamRequest, handler: ExchangeHandler): Ticket {
  let connection: Connection | undefined
  const cancel = options.connect((error, socket) => {
    if (error) {
      handler.onError(new ConnectError(error))
      return
    }
    const shortestMs = Math.min(options.responseTimeoutMs, options.idleTimeoutMs)
    const endSweep = startSweep(shortestMs, () => connection?.sweep(options.now()))
    connection = new Connection(socket, {
      ...options,
      onFree: (free) => free.destroy(),
      onGone: endSweep,
      onIdleClose: () => undefined,
    })
    connection.send(request, handler)
  })
  return {
    abort: () => (connection ? connection.abort(handler) : cancel()),
    resume: () => connection?.resume(handler),
  }
}
