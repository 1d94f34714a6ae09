/**
 * Where the body of a caller's request ends, and how the upstream is told. The head has been read by then: what two
 * readers could take for two things was refused.
 */
import type { IncomingMessage } from 'node:http'

export interface RequestFraming {
  /** Bytes; 0 for a chunked body or none. */
  length: number
  chunked: boolean
  /** The head says how long the body is, or that it is chunked. */
  stated: boolean
  expectsContinue: boolean
}

/** HTTP/1.0 has no interim answers (RFC 9110 section 10.1.1). */
export function readFraming({ rawHeaders, httpVersionMinor }: IncomingMessage): RequestFraming {
  const framing: RequestFraming = { length: 0, chunked: false, stated: false, expectsContinue: false }
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 14 || name.length === 17 || name.length === 6) {
      noteFraming(framing, name.toLowerCase(), rawHeaders[i + 1] ?? '')
    }
  }
  if (httpVersionMinor === 0) framing.expectsContinue = false
  return framing
}

function noteFraming(framing: RequestFraming, name: string, value: string): void {
  if (name === 'content-length') {
    framing.length = Number(value)
    framing.stated = true
  } else if (name === 'transfer-encoding') {
    framing.chunked = true
    framing.stated = true
  } else if (name === 'expect') {
    framing.expectsContinue = value.toLowerCase() === '100-continue'
  }
}

/** Methods whose missing body a server may want stated (RFC 9110 section 8.6). */
const bodyMethods: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH'])

export function requestHead({ method, url }: IncomingMessage, headers: string, framing: RequestFraming): string {
  const head = `${method} ${url} HTTP/1.1\r\n${headers}`
  if (framing.chunked) return `${head}Transfer-Encoding: chunked\r\n\r\n`
  return framing.stated || !bodyMethods.has(method) ? `${head}\r\n` : `${head}Content-Length: 0\r\n\r\n`
}

export function isTooLong({ length }: RequestFraming, maxBytes: number | undefined): boolean {
  return maxBytes !== undefined && length > maxBytes
}
