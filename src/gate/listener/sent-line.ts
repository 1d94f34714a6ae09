/**
 * The request line of bytes that never became a request, for the log. Never guesses: where the line does not begin in the packet
 * that was refused, method and target are empty.
 */

export interface SentLine {
  /** As sent, escaped: `\xC3` stands for a byte that is no visible ASCII. */
  readonly method: string
  readonly target: string
}

/** What Node's parser says of bytes that it refuses. */
export interface ParseError extends Error {
  readonly code?: string
  /** The packet that holds them. */
  readonly rawPacket?: unknown
  /** Where in the packet they are. */
  readonly bytesParsed?: number
}

const nothing: SentLine = { method: '', target: '' }
const maxLineBytes = 1024
const endOfHead = '\r\n\r\n'
const body = /\r\n(?:content-length|transfer-encoding)[ \t]*:/i
const requestLine = /^[\r\n]*([^\s]{1,64}) +([^\r\n]*)/

export function readSentLine({ rawPacket, bytesParsed = 0 }: ParseError): SentLine {
  if (!Buffer.isBuffer(rawPacket)) return nothing
  const before = rawPacket.toString('latin1', 0, bytesParsed)
  const end = before.lastIndexOf(endOfHead)
  const start = end === -1 ? 0 : end + endOfHead.length
  // The body of the request before it would be taken for a part of it.
  if (body.test(before.slice(0, start))) return nothing
  const [, method, rest] = requestLine.exec(rawPacket.toString('latin1', start, start + maxLineBytes)) ?? []
  if (method === undefined || rest === undefined) return nothing
  return { method: escapeBytes(method), target: escapeBytes(rest.replace(/ +[A-Z]+\/[\d.]+ *$/, '')) }
}

function escapeBytes(text: string): string {
  return text.replace(/[^ -[\]-~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
