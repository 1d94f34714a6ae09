/**
 * What the OAuth library needs of `fetch`, over the same way out as the keys: no redirect is followed, and an answer is bounded in size.
 */
import type { IncomingMessage } from 'node:http'
import type { Egress } from '../../outgoing.ts'
import { openRequest, sendRequest } from '../../outgoing.ts'

export interface TokenRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

const maxAnswerBytes = 1024 * 1024
const neverAborted = new AbortController().signal

export async function fetchAnswer(uri: string, request: TokenRequest, egress?: Egress): Promise<Response> {
  const { method, headers, body, signal = neverAborted } = request
  const text = body === undefined ? '' : String(body)
  const framed = { ...headers, 'content-length': String(Buffer.byteLength(text)) }
  const asked = await openRequest(uri, { method, headers: framed, signal }, egress)
  const answer = await sendRequest(asked, text)
  try {
    return await toResponse(answer)
  } finally {
    answer.destroy()
  }
}

async function toResponse(answer: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0, headers } = answer
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxAnswerBytes) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  // A Response of these must not have a body.
  const body = status === 204 || status === 205 || status === 304 ? null : Buffer.concat(chunks)
  return new Response(body, { status, headers: Object.entries(headers).map(([name, value]) => [name, String(value)]) })
}
