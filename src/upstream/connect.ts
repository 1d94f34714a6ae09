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

/** In the place of what OpenSSL says when an answer in plain text comes. */
const noTls = 'this port does not speak TLS: write http:// in upstream.url'

/** No connection could be opened, so no byte of the request was sent. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: string | undefined

  constructor(cause: Error & { readonly code?: string }) {
    super(cause.code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? noTls : cause.message, { cause })
    this.code = cause.code
  }
}

export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
}

const keepAliveDelayMs = 60_000

export function createConnector(target: ConnectTarget): Connect {
  const open = createOpener(target)
  const readyEvent = target.tls ? 'secureConnect' : 'connect'
  return (done, reading = 'loan') => {
    const race = new Race(done)
    const deadline = performance.now() + target.timeoutMs
    const run = (attemptMs: number): Socket => {
      const socket = open(reading, attemptMs)
      race.enter(socket, (finish) => {
        return settleOnce(socket, { readyEvent, timeoutMs: deadline - performance.now(), done: finish })
      })
      return socket
    }
    run(firstAttemptMs).once('connectionAttemptTimeout', () => {
      if (!race.isOver) run((deadline - performance.now()) / 2)
    })
    return () => race.stop()
  }
}

/**
 * A name may have several addresses. Node tries one after the other and gives each but the last this long. The first address
 * that was too slow gets a second chance, with half of the time that is left, while Node goes on to the next address.
 */
const firstAttemptMs = 250

/** One or two sockets on their way to the same name. The first that is ready wins; the last failure counts. */
class Race {
  readonly #done: Connected
  readonly #running = new Map<Socket, Cancel>()
  #isOver = false

  constructor(done: Connected) {
    this.#done = done
  }

  get isOver(): boolean {
    return this.#isOver
  }

  enter(socket: Socket, start: (finish: Connected) => Cancel): void {
    const cancel = start((...result) => {
      this.#running.delete(socket)
      if (this.#isOver || (result[1] === null && this.#running.size > 0)) return
      this.stop()
      this.#done(...result)
    })
    this.#running.set(socket, cancel)
  }

  /** Ends the sockets that are still on their way. */
  stop(): void {
    this.#isOver = true
    for (const cancel of this.#running.values()) cancel()
    this.#running.clear()
  }
}

type Open = (reading: Reading, attemptMs: number) => Socket

function createOpener({ address, tls }: ConnectTarget): Open {
  const ways = { loan: { onread: sharedRead }, keep: {} } as const
  const patience = (attemptMs: number) => ({ autoSelectFamilyAttemptTimeout: Math.max(10, Math.ceil(attemptMs)) })
  if (tls === undefined) {
    return (reading, attemptMs) => openTcp({ ...address, ...ways[reading], ...patience(attemptMs) })
  }
  const options = { ...address, ...tlsOptions(tls) }
  let session: Buffer | undefined
  return (reading, attemptMs) => {
    const socket = openTls({ ...options, ...ways[reading], ...patience(attemptMs), ...(session && { session }) })
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
  readonly timeoutMs: number
  readonly done: Connected
}

function settleOnce(socket: Socket, { readyEvent, timeoutMs, done }: Attempt): Cancel {
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
  socket.on('error', (error) => settle(nameError(error), null))
  socket.once('close', () => settle(new Error('closed before it was open'), null))
  return () => {
    settled = true
    clearTimeout(timer)
    socket.destroy()
  }
}

/** An error of several addresses has no message of its own, and a time-out of the system is called so. */
function nameError(error: Error & { readonly code?: string }): Error {
  const errors: readonly Error[] = error instanceof AggregateError ? error.errors : [error]
  const message = errors.map((one) => one.message).join('; ') || error.code || 'no connection'
  const isTimeout = errors.some((one) => 'code' in one && one.code === 'ETIMEDOUT')
  if (isTimeout) return new ConnectTimeoutError(message)
  return errors.length === 1 && error.message !== '' ? error : Object.assign(new Error(message), { code: error.code })
}

const readBytes = 64 * 1024

/**
 * One buffer that all connections of the process to services read into; without it Node allocates 64 KiB for every read and
 * leaves them to the garbage collector. It is the `onread` option of `net.connect` and `tls.connect`. The sockets still emit
 * `data`, a TLS socket possibly once more after `pause`. Whoever needs the bytes after the `data` event must copy them.
 */
export const sharedRead: OnReadOpts = { buffer: Buffer.allocUnsafeSlow(readBytes), callback: emitData }

function emitData(this: unknown, bytesRead: number, buffer: Uint8Array): boolean {
  const socket = this as Socket
  socket.emit('data', (buffer as Buffer).subarray(0, bytesRead))
  return true
}
