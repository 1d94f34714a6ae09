/**
 * Fetches a key set: one GET, no redirects, bounded in time and size. Plain http is for loopback only, and nothing of
 * the answer's body ever gets into an error.
 */
import { Agent, type buildConnector, request } from 'undici'
import type { FetchKeys } from '../tokens/jwks.ts'
import { isLoopbackUri } from '../tokens/key-source.ts'

export interface KeyFetcherOptions {
  readonly agentOptions?: Omit<Agent.Options, 'connect'> & { readonly connect?: buildConnector.BuildOptions }
}

export interface KeyFetcher {
  readonly fetchKeys: FetchKeys
  /** Fetches that are running reject. */
  close(): Promise<void>
}

const agentDefaults = { connections: 2, keepAliveTimeout: 1000, keepAliveMaxTimeout: 1000 } satisfies Agent.Options

export function createKeyFetcher({ agentOptions = {} }: KeyFetcherOptions = {}): KeyFetcher {
  // Said explicitly, so that no environment variable can switch the check of the certificate off.
  const connect = { rejectUnauthorized: true, ...agentOptions.connect }
  const agent = new Agent({ ...agentDefaults, ...agentOptions, connect })
  return {
    fetchKeys: (uri, limits) => fetchKeys({ agent, uri, ...limits }),
    close: () => agent.destroy(),
  }
}

interface KeyRequest {
  readonly agent: Agent
  readonly uri: string
  readonly timeoutMs: number
  readonly maxBytes: number
}

async function fetchKeys(keyRequest: KeyRequest): Promise<Uint8Array> {
  const { uri, timeoutMs } = keyRequest
  if (!uri.startsWith('https:') && !(uri.startsWith('http:') && isLoopbackUri(uri))) {
    throw new Error('keys are fetched over https only, or over http from loopback')
  }
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    return await exchange(keyRequest, deadline)
  } catch (error) {
    throw new Error(deadline.aborted ? `no complete answer within ${timeoutMs} ms` : describe(error))
  }
}

async function exchange({ agent, uri, maxBytes }: KeyRequest, signal: AbortSignal): Promise<Uint8Array> {
  const headers = { accept: 'application/json', 'user-agent': 'cogate' }
  const { statusCode, headers: answered, body } = await request(uri, { dispatcher: agent, headers, signal })
  // Destroying a body before its end is an error event that nobody else listens to.
  body.on('error', () => {})
  try {
    if (statusCode !== 200) throw new KeyAnswerError(`answered with status ${statusCode}`)
    if (Number(answered['content-length']) > maxBytes) throw new KeyAnswerError(`answer larger than ${maxBytes} bytes`)
    return await readAll(body, maxBytes)
  } finally {
    body.destroy()
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
  return `fetch failed with ${code ?? name}`
}
