/**
 * Opens connections to the one configured upstream: TCP, a Unix socket, or TLS, whose certificate is verified for the
 * name in the configuration, never for one a caller chose.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { isIP, connect as openTcp } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { checkServerIdentity, createSecureContext, connect as openTls } from 'node:tls'

export interface ConnectTarget {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string }
  /** Absent: no TLS. */
  readonly tls: TargetTls | undefined
  /** For the name, the connection and the TLS handshake together. */
  readonly timeoutMs: number
}

export interface TargetTls {
  readonly rejectUnauthorized: boolean
  /** That the certificate must carry. */
  readonly name: string
  readonly protocols: readonly string[]
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** Called once, unless it was cancelled. */
export type Connected = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void
export type Cancel = () => void
/** What the socket reads is on loan (`read-buffer.ts`), or for good: for whoever keeps bytes. */
export type Reading = 'loan' | 'keep'
/** Default `loan`. */
export type Connect = (done: Connected, reading?: Reading) => Cancel

/** No connection could be opened: nothing of the request has left. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: string | undefined

  constructor(cause: Error & { readonly code?: string }) {
    super(cause.message, { cause })
    this.code = cause.code
  }
}

export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
}

const keepAliveDelayMs = 60_000

export function createConnector(target: ConnectTarget): Connect {
  const open = createOpener(target)
  return (done, reading = 'loan') =>
    settleOnce(open(reading), { readyEvent: target.tls ? 'secureConnect' : 'connect', target, done })
}

function createOpener({ address, tls }: ConnectTarget): (reading: Reading) => Socket {
  const ways = { loan: { onread: sharedRead() }, keep: {} } as const
  if (tls === undefined) return (reading) => openTcp({ ...address, ...ways[reading] })
  const options = { ...address, ...tlsOptions(tls) }
  let session: Buffer | undefined
  return (reading) => {
    const socket = openTls({ ...options, ...ways[reading], ...(session && { session }) })
    socket.on('session', (latest: Buffer) => {
      session = latest
    })
    return socket
  }
}

/** An address is no server name (RFC 6066 section 3), but the certificate must carry it all the same. */
function tlsOptions({ rejectUnauthorized, name, protocols, ...files }: TargetTls): ConnectionOptions {
  return {
    rejectUnauthorized,
    secureContext: createSecureContext(files),
    ALPNProtocols: [...protocols],
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    ...(isIP(name) === 0 && { servername: name }),
  }
}

interface Attempt {
  readonly readyEvent: 'connect' | 'secureConnect'
  readonly target: ConnectTarget
  readonly done: Connected
}

function settleOnce(socket: Socket, { readyEvent, target: { timeoutMs }, done }: Attempt): Cancel {
  let settled = false
  const timer = setTimeout(() => socket.destroy(new ConnectTimeoutError('no connection in time')), timeoutMs)
  const settle = (...result: Parameters<Connected>): void => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    done(...result)
  }
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveDelayMs)
  socket.once(readyEvent, () => settle(null, socket))
  // It stays: between two owners an error must not be one that nobody hears.
  socket.on('error', (error) => settle(error, null))
  socket.once('close', () => settle(new Error('closed before it was open'), null))
  return () => {
    settled = true
    clearTimeout(timer)
    socket.destroy()
  }
}

const readBytes = 64 * 1024

/** For `connect` of `net` and `tls`; the sockets emit `data` as always. One of TLS may do so once more after `pause`. */
export function sharedRead(): OnReadOpts {
  return { buffer: Buffer.allocUnsafeSlow(readBytes), callback: emitData }
}

function emitData(this: unknown, bytesRead: number, buffer: Uint8Array): boolean {
  const socket = this as Socket
  socket.emit('data', (buffer as Buffer).subarray(0, bytesRead))
  return true
}
