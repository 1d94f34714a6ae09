/**
 * Opens connections to the one configured upstream, over TCP, a Unix socket or TLS. The certificate is verified for the
 * name in the configuration, and must never be verified for a name that a caller chose.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { isIP, connect as openTcp } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { checkServerIdentity, createSecureContext, connect as openTls } from 'node:tls'

export interface ConnectTarget {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string }
  /** Undefined: no TLS. */
  readonly tls: TargetTls | undefined
  /** For DNS lookup, connection and TLS handshake together. */
  readonly timeoutMs: number
}

export interface TargetTls {
  readonly rejectUnauthorized: boolean
  /** The certificate must be valid for this host name or address. */
  readonly name: string
  readonly protocols: readonly string[]
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** Called exactly once, or never if the attempt is cancelled. */
export type Connected = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void
export type Cancel = () => void
/**
 * `loan`: chunks are views into one shared buffer (`sharedRead`), valid until the `data` handler returns. `keep`: each
 * chunk owns its memory.
 */
export type Reading = 'loan' | 'keep'
/** `reading` is `loan` by default. */
export type Connect = (done: Connected, reading?: Reading) => Cancel

/** No connection could be opened, so no byte of the request was sent. */
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

/** An IP address is never sent as server name (RFC 6066 section 3), but the certificate must still be valid for it. */
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
  // This listener stays: an `error` event without a listener, between two owners of the socket, would end the process.
  socket.on('error', (error) => settle(error, null))
  socket.once('close', () => settle(new Error('closed before it was open'), null))
  return () => {
    settled = true
    clearTimeout(timer)
    socket.destroy()
  }
}

const readBytes = 64 * 1024

/**
 * One buffer that all connections to the upstream read into; without it Node allocates 64 KiB for every read and leaves
 * them to the garbage collector. The result is the `onread` option of `net.connect` and `tls.connect`. The sockets
 * still emit `data`, a TLS socket possibly once more after `pause`. Whoever needs the bytes after the `data` event must
 * copy them.
 */
export function sharedRead(): OnReadOpts {
  return { buffer: Buffer.allocUnsafeSlow(readBytes), callback: emitData }
}

function emitData(this: unknown, bytesRead: number, buffer: Uint8Array): boolean {
  const socket = this as Socket
  socket.emit('data', (buffer as Buffer).subarray(0, bytesRead))
  return true
}
