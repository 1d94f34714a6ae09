/**
 * The request head, and the facts that the walk needs from it. Never trusts a field that came twice where one is allowed.
 */
import { HOST_FIELD } from '../config/table/addresses.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { METHODS } from '../node-http.ts'
import type { Reason } from '../reasons.ts'

export interface RequestHead {
  /** `1.1`; absent when the head did not come over a connection. */
  readonly httpVersion?: string
  readonly method: string
  /** The request target, byte for byte. */
  readonly url: string
  readonly fields: HeadFields
  /** Of the peer; absent when the head did not come over a connection. */
  readonly address?: string
}

export interface HeadLimits {
  readonly headerCount: number
  readonly urlBytes: number
}

export interface HeadFacts {
  /** Lower case, without port or trailing dot; '' when the request has no Host (HTTP/1.0). */
  readonly host: string
  /** A browser's CORS preflight: OPTIONS with one Origin and one Access-Control-Request-Method. */
  readonly preflight: boolean
}

/** A request without Host, with more than one, or with one that is no host is malformed (RFC 9112 section 3.2). */
export function readHead(head: RequestHead, limits: HeadLimits): HeadFacts | Reason {
  if (!acceptedVersions.has(head.httpVersion) || !isMethod(head.method)) return 'request_malformed'
  // The answer to TRACE would show the caller's credentials (RFC 9110 section 9.3.8).
  if (head.method === 'TRACE') return 'method_not_allowed'
  if (head.url.length > limits.urlBytes) return 'url_too_long'
  if (head.fields.lines.length > limits.headerCount * 2) return 'headers_too_large'
  return readFacts(head)
}

/** Node's parser also accepts HTTP/0.9 and HTTP/2.0 in a request line. */
const acceptedVersions: ReadonlySet<string | undefined> = new Set(['1.1', '1.0', undefined])

/** True for a method of HTTP. Node's parser takes RTSP for HTTP/1.0 and emits its methods too. */
export function isMethod(method: string | undefined): boolean {
  return methods.has(method)
}

const methods: ReadonlySet<string | undefined> = new Set(METHODS)

function readFacts({ httpVersion, method, fields }: RequestHead): HeadFacts | Reason {
  const { repeated, transferEncoding } = fields
  if (repeated?.has('host')) return 'request_malformed'
  if (repeated?.has('authorization')) return 'credential_conflict'
  if (transferEncoding !== undefined && !isChunked(transferEncoding, httpVersion)) return 'request_malformed'
  if (fields.expect !== undefined && !isKnownExpectation(fields.expect, httpVersion)) return 'expectation_failed'
  const host = hostName(fields.host, httpVersion)
  if (host === undefined) return 'request_malformed'
  return { host, preflight: method === 'OPTIONS' && isPreflight(fields) }
}

/** In HTTP/1.0 there are no transfer codings: the next reader may frame the body in another way (RFC 9112 section 6.1). */
function isChunked(transferEncoding: string, httpVersion: string | undefined): boolean {
  return transferEncoding.toLowerCase() === 'chunked' && httpVersion !== '1.0'
}

/** One reading of Expect (RFC 9110 section 10.1.1). HTTP/1.0 has no expectations, and they are ignored there. */
function isKnownExpectation(expect: string, httpVersion: string | undefined): boolean {
  return httpVersion === '1.0' || expect.toLowerCase() === '100-continue'
}

/** A browser sends no header of a page with it: one that says another method or place would make the service do something. */
function isPreflight(fields: HeadFields): boolean {
  const { origin, requestedMethod, repeated, methodOverride, destination, copySource } = fields
  if (origin === undefined || requestedMethod === undefined) return false
  if (methodOverride !== undefined || destination !== undefined || copySource !== undefined) return false
  return !repeated?.has('origin') && !repeated?.has('requestedMethod')
}

/** Undefined: the value is no host, or there is none and the version is HTTP/1.1. */
function hostName(value: string | undefined, httpVersion: string | undefined): string | undefined {
  if (value === undefined) return httpVersion === '1.1' ? undefined : ''
  if (!HOST_FIELD.test(value)) return undefined
  const port = value.indexOf(':', value.lastIndexOf(']') + 1)
  const name = (port === -1 ? value : value.slice(0, port)).toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}
