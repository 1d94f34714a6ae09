/**
 * Parses the head of an upstream's answer strictly (RFC 9112). It must never accept a head that two readers could
 * understand differently, unless `upstream.tolerate` names the fault: that is a ProtocolError, after which the connection is
 * not used again.
 */
import type { Tolerable } from '../config/config.ts'
import { splitList, trimBlanks } from '../headers/lines.ts'

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  /** Name, value, name, value …, in the order and spelling of the upstream. */
  readonly headers: readonly string[]
  readonly body: BodyFraming
  /** The connection may carry another exchange: the upstream keeps it open, and nothing of this answer can follow. */
  readonly keepAlive: boolean
  /** How long the connection may be idle, with a safety margin; infinite if the upstream does not say. */
  readonly keepAliveMs: number
}

/** How the body ends: there is none, after a number of bytes, after the last chunk, or with the connection. */
export type BodyFraming =
  | { readonly kind: 'none' | 'chunked' | 'close' }
  | { readonly kind: 'length'; readonly bytes: number }

/** The upstream sent something that is not valid HTTP/1.1, or that is ambiguous. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/** A status line, then header lines. Names are tokens, values hold no controls but tabs, every line ends in CRLF. */
const wholeHead =
  /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?((?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)*)$/
const aboveFiveHundred = /^(HTTP\/1\.[01] )[6-9]/
const maxHeaderLines = 500

/** Faults that are mended. What is handed on has none of them. */
export type Tolerated = ReadonlySet<Tolerable>
const none: Tolerated = new Set()

/** `text` is the head in Latin-1, without the empty line that ends it. */
export function parseResponseHead(text: string, method: string, tolerated: Tolerated = none): ResponseHead {
  const [, minor, code = '', statusText = '', lines = ''] = wholeHead.exec(text) ?? matchHighStatus(text, tolerated)
  if (minor === undefined) throw new ProtocolError('invalid status or header line')
  const headers: string[] = []
  const facts: FramingFacts = { tolerated, length: undefined, encoding: undefined, connection: '', keepAlive: '' }
  for (let at = 0; at < lines.length; ) at = readLine(lines, at + 2, headers, facts)
  if (headers.length > maxHeaderLines * 2) throw new ProtocolError('too many header lines')
  const status = Number(code)
  const body = frame(facts, { status, method, minor })
  const keepAliveMs = readKeepAlive(facts.keepAlive)
  const isReusable = keepAliveMs > 0 && body.kind !== 'close' && !(body.kind === 'none' && announcesBody(facts))
  const keepAlive = isReusable && keepsAlive(facts.connection, minor)
  return { status, statusText, headers, body, keepAlive, keepAliveMs }
}

/** As `wholeHead` for a status from 600 to 999. */
function matchHighStatus(text: string, tolerated: Tolerated): readonly (string | undefined)[] {
  const digit = text.charAt('HTTP/1.1 '.length)
  if (!tolerated.has('statusAbove599') || !aboveFiveHundred.test(text)) return []
  const [whole, minor, code = '', ...rest] = wholeHead.exec(text.replace(aboveFiveHundred, '$15')) ?? []
  return [whole, minor, `${digit}${code.slice(1)}`, ...rest]
}

interface FramingFacts {
  readonly tolerated: Tolerated
  /** Bytes. */
  length: number | undefined
  encoding: string | undefined
  connection: string
  keepAlive: string
}

/** Appends the header line at `start` to `headers`, and returns the index of its end. */
function readLine(lines: string, start: number, headers: string[], facts: FramingFacts): number {
  const next = lines.indexOf('\r\n', start)
  const end = next === -1 ? lines.length : next
  const colon = lines.indexOf(':', start)
  const name = lines.slice(start, colon)
  const value = trimBlanks(lines, colon + 1, end)
  const mayFrame = name.length === 14 || name.length === 17 || name.length === 10
  const noted = mayFrame ? noteFraming(name.toLowerCase(), value, facts) : value
  if (noted !== undefined) headers.push(name, noted)
  return end
}

/**
 * Returns the value to pass on: a length loses its leading zeros, because some readers would take it for octal. Undefined: the
 * line is a tolerated fault, and is not passed on.
 */
function noteFraming(name: string, value: string, facts: FramingFacts): string | undefined {
  if (name === 'content-length') return noteLength(value, facts)
  if (name === 'transfer-encoding') {
    if (facts.encoding !== undefined) throw new ProtocolError('two transfer-encodings')
    facts.encoding = value.toLowerCase()
    if (isToleratedIdentity(facts)) return undefined
  } else if (name === 'connection') {
    facts.connection += `,${value.toLowerCase()}`
  } else if (name === 'keep-alive') {
    facts.keepAlive = value
  }
  return value
}

function noteLength(value: string, facts: FramingFacts): string | undefined {
  if (facts.length === undefined && oneLength.test(value)) {
    facts.length = Number(value)
    return String(facts.length)
  }
  if (!facts.tolerated.has('equalContentLengths')) throw new ProtocolError('invalid content-length')
  const lengths = value.split(',').map((one) => trimBlanks(one, 0, one.length))
  const [first = Number.NaN] = lengths.map(Number)
  const isSame = lengths.every((one) => oneLength.test(one) && Number(one) === (facts.length ?? first))
  if (!isSame) throw new ProtocolError('different content-lengths')
  if (facts.length !== undefined) return undefined
  facts.length = first
  return String(first)
}

const oneLength = /^0*\d{1,15}$/

/** RFC 9112 section 6.3, without its lenient cases. */
function frame(
  facts: FramingFacts,
  { status, method, minor }: { readonly status: number; readonly method: string; readonly minor: string },
): BodyFraming {
  const { length, encoding } = facts
  if (encoding !== undefined && (encoding !== 'chunked' || length !== undefined || minor === '0')) {
    if (!isToleratedIdentity(facts)) throw new ProtocolError('ambiguous body length')
    facts.encoding = undefined
  }
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (facts.encoding !== undefined) return { kind: 'chunked' }
  if (length === undefined) return { kind: 'close' }
  return length === 0 ? { kind: 'none' } : { kind: 'length', bytes: length }
}

/** It says that the body comes as it is, as if the line were not there. */
function isToleratedIdentity({ encoding, tolerated }: FramingFacts): boolean {
  return encoding === 'identity' && tolerated.has('identityEncoding')
}

/**
 * True for a Content-Length above 0 or a Transfer-Encoding. Answers to HEAD, 204, 304 and interim answers have no body.
 * If one announces a body all the same, the service may send it, and it would be read as the start of the next answer.
 */
function announcesBody({ length, encoding }: FramingFacts): boolean {
  return encoding !== undefined || (length !== undefined && length > 0)
}

function keepsAlive(connection: string, minor: string): boolean {
  if (connection === '') return minor === '1'
  if (connection === ',keep-alive') return true
  const options = splitList(connection)
  if (options.includes('close')) return false
  return minor === '1' || options.includes('keep-alive')
}

/** A request sent just before the upstream's timeout would arrive on a connection that is being closed. */
const keepAliveMarginMs = 500

/** Reads a Keep-Alive header such as `timeout=5, max=100`. Returns milliseconds. */
function readKeepAlive(value: string): number {
  const seconds = value === '' ? undefined : /\btimeout *= *(\d{1,9})/i.exec(value)?.[1]
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000 - keepAliveMarginMs
}
