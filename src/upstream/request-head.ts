/**
 * Where the body of a caller's request ends, and how the upstream is told. The head has been read by then: what two
 * readers could take for two things was refused.
 */
import type { IncomingMessage } from 'node:http'
import type { HeadFields } from '../headers/head-fields.ts'

export interface RequestFraming {
  /** Bytes; 0 for a chunked body or none. */
  readonly length: number
  readonly chunked: boolean
  /** The head says how long the body is, or that it is chunked. */
  readonly stated: boolean
  readonly expectsContinue: boolean
}

/** HTTP/1.0 has no interim answers (RFC 9110 section 10.1.1). */
export function readFraming(fields: HeadFields, httpVersionMinor: number): RequestFraming {
  const { contentLength, transferEncoding, expect } = fields
  return {
    length: contentLength === undefined ? 0 : Number(contentLength),
    chunked: transferEncoding !== undefined,
    stated: contentLength !== undefined || transferEncoding !== undefined,
    expectsContinue: httpVersionMinor !== 0 && expect?.toLowerCase() === '100-continue',
  }
}

/** Methods whose missing body a server may want stated (RFC 9110 section 8.6). */
const bodyMethods: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH'])

export function requestHead(
  { method, url }: Pick<IncomingMessage, 'method' | 'url'>,
  headers: string,
  framing: RequestFraming,
): string {
  const head = `${method} ${url} HTTP/1.1\r\n${headers}`
  if (framing.chunked) return `${head}Transfer-Encoding: chunked\r\n\r\n`
  return framing.stated || !bodyMethods.has(method) ? `${head}\r\n` : `${head}Content-Length: 0\r\n\r\n`
}

export function isTooLong({ length }: RequestFraming, maxBytes: number | undefined): boolean {
  return maxBytes !== undefined && length > maxBytes
}
