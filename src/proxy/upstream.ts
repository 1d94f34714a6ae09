/**
 * The way to the one protected server: how a connection is opened, and what a failed exchange with it means. TLS is
 * verified unless the configuration says `insecureSkipVerify`.
 */
import { readFileSync } from 'node:fs'
import { buildConnector } from 'undici'
import type { UpstreamConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import { UpstreamTimeoutError } from './connection.ts'
import { ConnectError, OverloadedError, UpstreamPool } from './pool.ts'
import { sharedRead } from './read-buffer.ts'
import { ProtocolError } from './response-head.ts'
import { bodyLimitCode } from './upload.ts'

export interface Upstream {
  readonly pool: UpstreamPool
  /** What the WebSocket client needs to open a connection of its own. */
  readonly origin: string
  readonly socketPath: string | undefined
  readonly tls: UpstreamTls
  readonly connect: Connect
  readonly connectTimeoutMs: number
}

export interface UpstreamTls {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

type Connect = (done: buildConnector.Callback) => void

/** A connection is replaced after this age, so that a changed DNS answer is followed. */
const connectionAgeMs = 5 * 60_000
/** Shorter than any server keeps an idle connection by default; gunicorn closes it after 2 s. */
const keepAliveMs = 1500

export function createUpstream(config: UpstreamConfig): Upstream {
  const socketPath = config.url.startsWith('unix:') ? config.url.slice('unix:'.length) : undefined
  const { origin, protocol, host, hostname, port } = new URL(socketPath === undefined ? config.url : 'http://localhost')
  const tls = readTls(config.tls)
  const connector = buildConnector({
    ...tls,
    timeout: config.connectTimeoutMs,
    onread: sharedRead(),
    ...(socketPath === undefined ? {} : { socketPath }),
  })
  // The certificate is for the name in the configuration, never for one a caller chose.
  const target = { protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port }
  const connect: Connect = (done) => connector(target, done)
  const pool = new UpstreamPool({
    maxConnections: config.maxConnections,
    maxWaiting: config.maxWaiting,
    waitTimeoutMs: config.waitTimeoutMs,
    responseTimeoutMs: config.responseTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs,
    keepAliveMs,
    maxAgeMs: connectionAgeMs,
    connect,
  })
  return { pool, origin, socketPath, tls, connect, connectTimeoutMs: config.connectTimeoutMs }
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
export function reachUpstream({ connect }: Upstream): Promise<void> {
  return new Promise((resolve, reject) => {
    connect((error, socket) => {
      socket?.destroy()
      if (error) reject(error)
      else resolve()
    })
  })
}

export function failureReason(error: Error & { readonly code?: string }): Reason {
  if (error.code === bodyLimitCode) return 'request_too_large'
  if (error instanceof OverloadedError) return 'overloaded'
  if (error instanceof UpstreamTimeoutError) return 'upstream_timeout'
  if (error instanceof ProtocolError) return 'upstream_invalid_response'
  if (!(error instanceof ConnectError)) return 'upstream_reset'
  return error.code === 'UND_ERR_CONNECT_TIMEOUT' ? 'upstream_timeout' : 'upstream_unreachable'
}
