/**
 * Fetches a key set: one GET, no redirects, bounded in time and size. Plain http is for loopback only, unless its pool says otherwise. An error must
 * never hold anything of the answer's body.
 */
import type { Egress } from '../../outgoing.ts'
import { openRequest, ProxyError, sendRequest, UnansweredError } from '../../outgoing.ts'
import type { FetchKeys } from './jwks.ts'
import { isLoopbackUri } from './source.ts'

export interface KeyFetcher {
  readonly fetchKeys: FetchKeys
  /** Running fetches reject, and so do all later ones. */
  close(): Promise<void>
}

export function createKeyFetcher(egress: Egress = {}): KeyFetcher {
  const closing = new AbortController()
  return {
    fetchKeys: (uri, limits) => fetchKeys({ egress, uri, closing: closing.signal, ...limits }),
    async close() {
      closing.abort()
    },
  }
}

interface KeyRequest {
  readonly egress: Egress
  readonly uri: string
  readonly closing: AbortSignal
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly insecureHttp?: boolean
}

async function fetchKeys(keyRequest: KeyRequest): Promise<Uint8Array> {
  const { uri, timeoutMs, closing, insecureHttp = false } = keyRequest
  if (!uri.startsWith('https:') && !(uri.startsWith('http:') && (insecureHttp || isLoopbackUri(uri)))) {
    throw new Error('keys are fetched over https only, or over http from loopback')
  }
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    return await exchange(keyRequest, AbortSignal.any([deadline, closing]))
  } catch (error) {
    if (closing.aborted) throw new Error('the gate is closing')
    throw new Error(deadline.aborted ? `no complete answer within ${timeoutMs} ms` : describe(error))
  }
}

async function exchange({ egress, uri, maxBytes, timeoutMs }: KeyRequest, signal: AbortSignal): Promise<Uint8Array> {
  const headers = { accept: 'application/json', 'user-agent': 'cogate' }
  // Node would give the first of several addresses 250 ms, and a slow one is not dead.
  const patience = { autoSelectFamilyAttemptTimeout: Math.max(10, Math.ceil(timeoutMs / 2)) }
  const answer = await sendRequest(await openRequest(uri, { headers, signal, ...patience }, egress))
  try {
    if (answer.statusCode !== 200) throw new KeyAnswerError(tellStatus(answer.statusCode))
    if (Number(answer.headers['content-length']) > maxBytes) {
      throw new KeyAnswerError(`answer larger than ${maxBytes} bytes`)
    }
    return await readAll(answer, maxBytes)
  } finally {
    answer.destroy()
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new KeyAnswerError(`answer larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Cognito answers 404 when it knows no such user pool. */
function tellStatus(status: number | undefined): string {
  const said = `answered with status ${status}`
  return status === 404 ? `${said}; is the id of the user pool right, and its region?` : said
}

class KeyAnswerError extends Error {}

const isSafeToTell = (error: unknown): error is Error =>
  error instanceof KeyAnswerError || error instanceof ProxyError || error instanceof UnansweredError

/** Messages of the parser and of TLS may quote what the other side sent; codes and names do not. */
function describe(error: unknown): string {
  if (isSafeToTell(error)) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  // The first that there is: an error of JavaScript has no code.
  return `fetch failed with ${[code, name].find(Boolean)}`
}
