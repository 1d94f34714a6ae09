/**
 * HTTP/1.1 responses out of raw bytes, read strictly and never repaired: what cannot be a response stays in `rest`.
 * RFC 9112 sections 6 and 7.
 */
export interface RawResponse {
  readonly status: number
  readonly statusText: string
  /** Lowercase names; every value of a repeated header, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[]
  /** Decoded from chunks, so far as it arrived. */
  readonly body: Buffer
  /** False when the connection ended, or the reader gave up, within this response. */
  readonly complete: boolean
}

export interface ParsedResponses {
  /** Only the last may be incomplete. */
  readonly responses: readonly RawResponse[]
  /** Statuses of the 1xx responses skipped; 101 is no such one, it ends the HTTP part. */
  readonly informational: readonly number[]
  /** Bytes behind the last complete response that are not part of a response (yet). */
  readonly rest: Buffer
}

export interface ParseContext {
  /** No byte will follow: a close-delimited body is complete. */
  readonly ended: boolean
  /** Of the requests, in order: an answer to HEAD has no body. A missing one counts as GET. */
  readonly methods?: readonly string[]
}

interface Head {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly rawHeaders: readonly string[]
}

interface Body {
  readonly body: Buffer
  readonly complete: boolean
  /** Offset behind the body, or as far as it could be read. */
  readonly end: number
}

const CRLF = '\r\n'
const FIELD_LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/s

export function parseResponses(raw: Buffer, { ended, methods = [] }: ParseContext): ParsedResponses {
  const responses: RawResponse[] = []
  const informational: number[] = []
  let rest = raw
  for (;;) {
    const headEnd = rest.indexOf(CRLF + CRLF)
    const head = headEnd < 0 ? undefined : parseHead(rest.toString('latin1', 0, headEnd))
    if (head === undefined) return { responses, informational, rest }
    const afterHead = rest.subarray(headEnd + 4)
    if (head.status < 200 && head.status !== 101) {
      informational.push(head.status)
      rest = afterHead
      continue
    }
    const bodiless = hasNoBody(head.status, methods[responses.length])
    const body = bodiless ? { body: Buffer.alloc(0), complete: true, end: 0 } : parseBody(afterHead, head, ended)
    responses.push({ ...head, body: body.body, complete: body.complete })
    rest = afterHead.subarray(body.end)
    if (!body.complete || head.status === 101) return { responses, informational, rest }
  }
}

function hasNoBody(status: number, method = 'GET'): boolean {
  return method === 'HEAD' || status === 101 || status === 204 || status === 304
}

function parseHead(text: string): Head | undefined {
  const [statusLine = '', ...lines] = text.split(CRLF)
  const match = /^HTTP\/1\.[01] ([1-9]\d\d)(?: (.*))?$/.exec(statusLine)
  if (match === null) return undefined
  const headers: Record<string, string[]> = Object.create(null)
  const rawHeaders: string[] = []
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return undefined
    rawHeaders.push(name, value)
    const key = name.toLowerCase()
    headers[key] = [...(headers[key] ?? []), value]
  }
  return { status: Number(match[1]), statusText: match[2] ?? '', headers, rawHeaders }
}

function parseBody(bytes: Buffer, { headers }: Head, ended: boolean): Body {
  const codings = headers['transfer-encoding']
  if (codings?.join(',').toLowerCase().endsWith('chunked')) return parseChunked(bytes)
  const lengths = headers['content-length']
  if (codings === undefined && lengths !== undefined) return parseSized(bytes, lengths)
  return { body: bytes, complete: ended, end: bytes.length }
}

function parseSized(bytes: Buffer, lengths: readonly string[]): Body {
  const [length = ''] = lengths
  if (lengths.length > 1 || !/^\d+$/.test(length)) return { body: Buffer.alloc(0), complete: false, end: 0 }
  const body = bytes.subarray(0, Number(length))
  return { body, complete: body.length === Number(length), end: body.length }
}

function parseChunked(bytes: Buffer): Body {
  const chunks: Buffer[] = []
  const incomplete = (end: number): Body => ({ body: Buffer.concat(chunks), complete: false, end })
  let offset = 0
  for (;;) {
    const lineEnd = bytes.indexOf(CRLF, offset)
    if (lineEnd < 0) return incomplete(offset)
    const size = /^([0-9a-f]+)(?:[ \t]*;.*)?$/i.exec(bytes.toString('latin1', offset, lineEnd))?.[1]
    if (size === undefined) return incomplete(offset)
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    if (end === start) return parseTrailers(bytes, lineEnd, chunks)
    chunks.push(bytes.subarray(start, end))
    if (bytes.length < end + 2) return incomplete(bytes.length)
    if (bytes.toString('latin1', end, end + 2) !== CRLF) return incomplete(end)
    offset = end + 2
  }
}

/** From the CRLF of the last chunk's line: with no trailer the next CRLF follows at once. */
function parseTrailers(bytes: Buffer, lastLineEnd: number, chunks: readonly Buffer[]): Body {
  const end = bytes.indexOf(CRLF + CRLF, lastLineEnd)
  const body = Buffer.concat(chunks)
  return end < 0 ? { body, complete: false, end: bytes.length } : { body, complete: true, end: end + 4 }
}
