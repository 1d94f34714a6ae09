/**
 * Requests out of the bytes of a caller, as RFC 9112 is written and no further. It has no opinion on bytes that two readers
 * could take for different things, and none on anything behind them.
 */

export interface ReferenceRequest {
  readonly method: string
  readonly target: string
  /** In small letters; the values of lines that came twice are joined with a line feed. */
  readonly headers: ReadonlyMap<string, string>
  /** Latin-1, decoded from chunks. */
  readonly body: string
  readonly isLast: boolean
}

export interface ReferenceReading {
  readonly requests: readonly ReferenceRequest[]
  /** Every byte belongs to one of these requests. */
  readonly isClear: boolean
}

const startLine = /^([A-Z-]{3,20}) (\/[\w/.?=-]*) HTTP\/1\.([01])$/
const fieldLine = /^([\w-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/
const framing: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host'])

/** Latin-1. */
export function readByReference(bytes: string): ReferenceReading {
  const requests: ReferenceRequest[] = []
  for (let at = 0; at < bytes.length; ) {
    const read = readOne(bytes, at)
    if (read === undefined) return { requests, isClear: false }
    requests.push(read.request)
    at = read.end
  }
  return { requests, isClear: true }
}

interface Read {
  readonly request: ReferenceRequest
  readonly end: number
}

function readOne(bytes: string, at: number): Read | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', at)
  if (headEnd === -1) return undefined
  const [first = '', ...lines] = bytes.slice(at, headEnd).split('\r\n')
  const [, method, target, minor] = startLine.exec(first) ?? []
  const headers = readHeaders(lines)
  if (method === undefined || target === undefined || headers === undefined) return undefined
  const body = readBody(bytes, headEnd + 4, headers)
  if (body === undefined || (minor === '0' && headers.has('transfer-encoding'))) return undefined
  const connection = headers.get('connection')?.toLowerCase() ?? ''
  const isLast = minor === '0' ? connection !== 'keep-alive' : /\bclose\b|\bupgrade\b/.test(connection)
  return { request: { method, target, headers, body: body.text, isLast }, end: body.end }
}

export function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = fieldLine.exec(line) ?? []
    if (name === undefined) return undefined
    const key = name.toLowerCase()
    if (headers.has(key) && (framing.has(key) || key === 'connection')) return undefined
    const earlier = headers.get(key)
    headers.set(key, earlier === undefined ? value : `${earlier}\n${value}`)
  }
  return headers
}

interface Body {
  readonly text: string
  readonly end: number
}

export function readBody(bytes: string, at: number, headers: ReadonlyMap<string, string>): Body | undefined {
  const [length, coding] = [headers.get('content-length'), headers.get('transfer-encoding')]
  if (coding !== undefined) return coding === 'chunked' && length === undefined ? readChunks(bytes, at) : undefined
  if (length === undefined) return { text: '', end: at }
  if (!/^\d{1,15}$/.test(length)) return undefined
  const end = at + Number(length)
  return end <= bytes.length ? { text: bytes.slice(at, end), end } : undefined
}

function readChunks(bytes: string, from: number): Body | undefined {
  let text = ''
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = /^([0-9a-f]{1,12})(?:;\w+=\w+)?$/i.exec(bytes.slice(at, lineEnd))?.[1]
    if (lineEnd === -1 || size === undefined) return undefined
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    if (end === start) return bytes.startsWith('\r\n', start) ? { text, end: start + 2 } : undefined
    if (bytes.slice(end, end + 2) !== '\r\n') return undefined
    text += bytes.slice(start, end)
    at = end + 2
  }
}
