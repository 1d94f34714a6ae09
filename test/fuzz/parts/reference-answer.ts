/**
 * An answer out of the bytes of a service, as RFC 9112 is written and no further. Undefined: it has no opinion. What both it and
 * Node take for a whole answer must not be refused.
 */
import type { Reading } from './node-reading.ts'
import { readBody, readHeaders } from './reference-reader.ts'

const statusLine = /^HTTP\/1\.([01]) ([2-5]\d\d)(?: [\x20-\x7e]*)?$/
/** Without framing, which they must not have (RFC 9110 section 8.6, RFC 9112 section 6.1), and without an end. */
const interim =
  /^(?:HTTP\/1\.1 10[023](?: [\x20-\x7e]*)?\r\n(?:(?!content-length|transfer-encoding|connection)[\w-]+: ?[\x21-\x7e]+\r\n)*\r\n){1,20}/i
/** The gate bounds heads to 64 KiB and 500 lines. */
const maxHead = 60 * 1024
const maxLines = 400
/** Of one line before a chunk, and of trailers: bounded to 4 KiB, and to 64 KiB together. */
const maxAside = 2000

/** Latin-1, and all that the service sends before it ends. */
export function readAnswerByReference(method: string, bytes: string): Reading | undefined {
  const text = bytes.replace(interim, '')
  const headEnd = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const [, minor, status] = statusLine.exec(first) ?? []
  const headers = readHeaders(lines)
  if (headEnd === -1 || headEnd > maxHead || lines.length > maxLines || !status || !headers) return undefined
  if (minor === '0' && headers.has('transfer-encoding')) return undefined
  const isBodiless = method === 'HEAD' || status === '204' || status === '304'
  if (isBodiless) return isFramedOnce(headers) ? { status: Number(status), body: '' } : undefined
  const rest = text.slice(headEnd + 4)
  if (!headers.has('content-length') && !headers.has('transfer-encoding')) return { status: Number(status), body: rest }
  const body = readBody(rest, 0, headers)
  return body && rest.length - body.text.length < maxAside + rest.length / 2
    ? { status: Number(status), body: body.text }
    : undefined
}

function isFramedOnce(headers: ReadonlyMap<string, string>): boolean {
  const [length, coding] = [headers.get('content-length'), headers.get('transfer-encoding')]
  return coding === undefined ? /^\d{1,15}$/.test(length ?? '0') : coding === 'chunked' && length === undefined
}
