/**
 * The head of an upstream's answer, read strictly (RFC 9112): anything two readers could take for two things is an error,
 * and the connection it came on is not used again.
 */

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  /** Name, value, name, value … in the order and the spelling of the upstream. */
  readonly headers: readonly string[]
  readonly body: BodyFraming
  /** The upstream means to keep the connection. */
  readonly keepAlive: boolean
}

/** How the body ends: not there, after so many bytes, after its last chunk, or with the connection. */
export type BodyFraming =
  | { readonly kind: 'none' | 'chunked' | 'close' }
  | { readonly kind: 'length'; readonly bytes: number }

/** The upstream does not speak HTTP/1.1 as we understand it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const invalidInValue = /[^\t\x20-\x7e\x80-\xff]/
const maxHeaderLines = 500

/** `text` is the head in Latin-1, without the empty line that ends it. */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n')
  const [, minor, code = '', statusText = ''] = statusLine.exec(lines[0] ?? '') ?? []
  if (minor === undefined) throw new ProtocolError('invalid status line')
  if (lines.length > maxHeaderLines) throw new ProtocolError('too many header lines')
  const headers: string[] = []
  const facts: FramingFacts = { length: undefined, encoding: undefined, connection: '' }
  for (let i = 1; i < lines.length; i++) readLine(lines[i] ?? '', headers, facts)
  const status = Number(code)
  const body = frame(facts, { status, method, minor })
  const keepAlive = keepsAlive(facts.connection, minor) && body.kind !== 'close' && !(status === 204 && hasBody(facts))
  return { status, statusText, headers, body, keepAlive }
}

interface FramingFacts {
  length: string | undefined
  encoding: string | undefined
  connection: string
}

function readLine(line: string, headers: string[], facts: FramingFacts): void {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  const value = trimBlanks(line, colon + 1)
  if (!token.test(name) || invalidInValue.test(value)) throw new ProtocolError('invalid header line')
  headers.push(name, value)
  if (name.length === 14 || name.length === 17 || name.length === 10) noteFraming(name.toLowerCase(), value, facts)
}

/** Space and tab only: other bytes `trim` would take are part of the value, or an error. */
function trimBlanks(line: string, from: number): string {
  let start = from
  let end = line.length
  while (start < end && isBlank(line.charCodeAt(start))) start++
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--
  return line.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function noteFraming(name: string, value: string, facts: FramingFacts): void {
  if (name === 'content-length') {
    if (facts.length !== undefined || !/^\d{1,15}$/.test(value)) throw new ProtocolError('invalid content-length')
    facts.length = value
  } else if (name === 'transfer-encoding') {
    if (facts.encoding !== undefined) throw new ProtocolError('two transfer-encodings')
    facts.encoding = value.toLowerCase()
  } else if (name === 'connection') {
    facts.connection += `,${value.toLowerCase()}`
  }
}

/** RFC 9112 section 6.3, without its lenient cases. */
function frame(
  { length, encoding }: FramingFacts,
  { status, method, minor }: { readonly status: number; readonly method: string; readonly minor: string },
): BodyFraming {
  if (encoding !== undefined && (encoding !== 'chunked' || length !== undefined || minor === '0')) {
    throw new ProtocolError('ambiguous body length')
  }
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (encoding !== undefined) return { kind: 'chunked' }
  if (length === undefined) return { kind: 'close' }
  return length === '0' ? { kind: 'none' } : { kind: 'length', bytes: Number(length) }
}

/** An upstream that announces a body with 204 may well send it, as the start of the next answer. */
function hasBody({ length, encoding }: FramingFacts): boolean {
  return encoding !== undefined || Number(length ?? 0) > 0
}

function keepsAlive(connection: string, minor: string): boolean {
  if (connection === '') return minor === '1'
  const options = connection.split(',').map((option) => option.trim())
  if (options.includes('close')) return false
  return minor === '1' || options.includes('keep-alive')
}
