/**
 * Fetches a key set: one GET, no redirects, bounded in time and size. Plain http is for loopback only, unless its pool says otherwise. An error must
 * never hold anything of the answer's body.
 */
import type { IncomingMessage, RequestOptions } from 'node:http'
import { get as getSecure, Agent as SecureAgent } from 'node:https'
import { Agent, get as getPlain } from '../../node-http.ts'
import type { FetchKeys } from './jwks.ts'
import { isLoopbackUri } from './source.ts'

export interface KeyFetcherOptions {
  /** PEM certificate authorities; default: those of the system. */
  readonly ca?: string
}

export interface KeyFetcher {
  readonly fetchKeys: FetchKeys
  /** Running fetches reject, and so do all later ones. */
  close(): Promise<void>
}

/**
 * Fetches are far apart, so connections are not kept. Not Node's global agent: an environment variable can give it a
 * proxy.
 */
const agentOptions = { keepAlive: false, maxSockets: 2 } as const

export function createKeyFetcher({ ca }: KeyFetcherOptions = {}): KeyFetcher {
  const closing = new AbortController()
  const plain = new Agent(agentOptions)
  // Explicit, so that no environment variable can switch off the check of certificates.
  const secure = new SecureAgent({ ...agentOptions, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) })
  const ask: Ask = (uri, options, onAnswer) =>
    uri.startsWith('https:')
      ? getSecure(uri, { ...options, agent: secure }, onAnswer)
      : getPlain(uri, { ...options, agent: plain }, onAnswer)
  return {
    fetchKeys: (uri, limits) => fetchKeys({ ask, uri, closing: closing.signal, ...limits }),
    async close() {
      closing.abort()
    },
  }
}

type Ask = (uri: string, options: RequestOptions, onAnswer: (answer: IncomingMessage) => void) => NodeJS.EventEmitter

interface KeyRequest {
  readonly ask: Ask
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

async function exchange({ ask, uri, maxBytes, timeoutMs }: KeyRequest, signal: AbortSignal): Promise<Uint8Array> {
  const headers = { accept: 'application/json', 'user-agent': 'cogate' }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Node would give the first of several addresses 250 ms, and a slow one is not dead.
  const patience = { autoSelectFamilyAttemptTimeout: Math.max(10, Math.ceil(timeoutMs / 2)) }
  const asked = ask(uri, { headers, signal, insecureHTTPParser: false, ...patience }, resolve)
  asked.on('error', reject)
  // A 101 that was not asked for emits neither an answer nor an error.
  asked.on('close', () => reject(new KeyAnswerError('closed without an answer')))
  const answer = await promise
  // A body that is destroyed before its end emits an error, which would be uncaught without a listener.
  answer.on('error', () => {})
  try {
    if (answer.statusCode !== 200) throw new KeyAnswerError(`answered with status ${answer.statusCode}`)
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

class KeyAnswerError extends Error {}

/** Messages of the parser and of TLS may quote what the other side sent; codes and names do not. */
function describe(error: unknown): string {
  if (error instanceof KeyAnswerError) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  // The first that there is: an error of JavaScript has no code.
  return `fetch failed with ${[code, name].find(Boolean)}`
}
