/**
 * What a handler of the look-alike gets and what it returns. A handler returns its answer and must not touch the
 * response; a bad request is answered, never thrown.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Jwks } from './keys.ts'
import type { UserPool } from './login/user-pool.ts'
import type { MintContext } from './tokens.ts'

export interface EndpointContext {
  readonly context: MintContext
  readonly poolId: string
  /** The origin the endpoints are reached at. */
  readonly url: string
  readonly pool: UserPool
}

export interface Answer {
  readonly status: number
  /** Text goes out as it is, anything else as JSON. */
  readonly body: string | Readonly<Record<string, unknown>> | Jwks
  readonly headers?: Readonly<Record<string, string>>
}

export interface Exchange extends EndpointContext {
  readonly request: IncomingMessage
  /** The query as it came, without the question mark. */
  readonly queryText: string
  readonly query: URLSearchParams
}

export type Handler = (exchange: Exchange) => Answer | Promise<Answer>

const MAX_BODY_BYTES = 64 * 1024

/** A form, or the answer to a body that is none. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | Answer> {
  const text = await readBody(request)
  if (text === undefined) return refuse('invalid_request', 413)
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return refuse('invalid_request')
  return new URLSearchParams(text)
}

/** Undefined: it is too large. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // Not destroyed on return: the answer to an oversized body goes out on the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk
    sizeBytes += bytes.length
    if (sizeBytes > MAX_BODY_BYTES) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

/** The first cookie of this name. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Cognito sends no description with most errors of its token endpoint. */
export function refuse(error: string, status = 400, description?: string): Answer {
  return { status, body: { error, error_description: description } }
}

export function redirectTo(location: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 302, body: '', headers: { 'cache-control': 'no-store', ...headers, location } }
}

export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
