/** One TCP connection, exactly the bytes given, every response that comes back. */
import { connect, type Socket } from 'node:net'
import { type ParsedResponses, parseResponses, type RawResponse } from './raw-response.ts'

export type { RawResponse }

export interface RawRequest {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** A string is latin1: one character, one byte. */
  readonly bytes: string | Buffer
  /** Bounds the whole exchange; default 5000. What has arrived by then is returned with `timedOut`. */
  readonly timeoutMs?: number
  /** Sends FIN behind the bytes. */
  readonly halfClose?: boolean
  /** Default 1. Reading goes on a little longer to catch responses too many. */
  readonly expectResponses?: number
  /** Methods of the requests in order, for HEAD has no body; default: the first word of the bytes. */
  readonly methods?: readonly string[]
}

export interface RawExchange extends ParsedResponses {
  /** Every byte received. */
  readonly raw: Buffer
  /** Whether the peer closed or reset the connection. */
  readonly closed: boolean
  /** `ECONNRESET` and the like when the connection broke; null after an orderly end. */
  readonly errorCode: string | null
  readonly timedOut: boolean
}

/** How long the peer must be silent behind the last expected response. */
const QUIET_MS = 25

/**
 * Returns when the peer closes, or when it is quiet after the expected responses; a response that announces
 * `Connection: close` is followed to that close. Rejects only when the connection cannot be made.
 */
export function sendRaw(request: RawRequest): Promise<RawExchange> {
  const bytes = typeof request.bytes === 'string' ? Buffer.from(request.bytes, 'latin1') : request.bytes
  const methods = request.methods ?? [bytes.toString('latin1', 0, bytes.indexOf(' '))]
  const { promise, resolve, reject } = Promise.withResolvers<RawExchange>()
  const socket = connect({ port: request.port, host: request.host ?? '127.0.0.1', noDelay: true })
  const chunks: Buffer[] = []
  let connected = false
  let quietTimer: NodeJS.Timeout | undefined

  const settle = (outcome: Pick<RawExchange, 'closed' | 'errorCode' | 'timedOut'>): void => {
    clearTimeout(timer)
    clearTimeout(quietTimer)
    socket.destroy()
    const raw = Buffer.concat(chunks)
    resolve({ raw, ...parseResponses(raw, { ended: outcome.closed, methods }), ...outcome })
  }
  const timer = setTimeout(() => settle({ closed: false, errorCode: null, timedOut: true }), request.timeoutMs ?? 5000)

  socket.on('connect', () => {
    connected = true
    write(socket, bytes, request.halfClose ?? false)
  })
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    clearTimeout(quietTimer)
    const { responses } = parseResponses(Buffer.concat(chunks), { ended: false, methods })
    if (!isSatisfied(responses, request.expectResponses ?? 1)) return
    quietTimer = setTimeout(() => settle({ closed: false, errorCode: null, timedOut: false }), QUIET_MS)
  })
  socket.on('end', () => settle({ closed: true, errorCode: null, timedOut: false }))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (connected) return settle({ closed: true, errorCode: error.code ?? error.message, timedOut: false })
    clearTimeout(timer)
    reject(error)
  })
  return promise
}

function write(socket: Socket, bytes: Buffer, halfClose: boolean): void {
  if (halfClose) socket.end(bytes)
  else socket.write(bytes)
}

function isSatisfied(responses: readonly RawResponse[], expected: number): boolean {
  const last = responses.at(-1)
  if (last === undefined || !last.complete || responses.length < expected) return false
  return !(last.headers['connection'] ?? []).some((value) => value.toLowerCase().includes('close'))
}
