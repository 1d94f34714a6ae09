/**
 * The request head as it came over the wire, and the facts every later step needs from it, read in one pass.
 * Never trusts a header that occurs twice where one is allowed.
 */
import { textAt } from '../headers/flat.ts'
import { METHODS } from '../node-http.ts'
import type { Reason } from '../reasons.ts'

export interface RequestHead {
  /** `1.1`; absent when the head did not come over a connection. */
  readonly httpVersion?: string
  readonly method: string
  /** The request target, byte for byte. */
  readonly url: string
  /** Name, value, name, value … as received. */
  readonly rawHeaders: readonly string[]
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
  readonly authorization: string | undefined
  /** A browser's CORS preflight: OPTIONS with one Origin and one Access-Control-Request-Method. */
  readonly preflight: boolean
}

const preflightHeaders = ['origin', 'access-control-request-method'] as const
const hostPattern = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/

/** RFC 9112 section 3.2: no Host, more than one, or one that is not a host makes the request malformed. */
export function readHead(head: RequestHead, limits: HeadLimits): HeadFacts | Reason {
  if (!acceptedVersions.has(head.httpVersion) || !isMethod(head.method)) return 'request_malformed'
  if (head.url.length > limits.urlBytes) return 'url_too_long'
  if (head.rawHeaders.length > limits.headerCount * 2) return 'headers_too_large'
  return scanHeaders(head)
}

/** Node hands over what its parser takes for HTTP/0.9 and HTTP/2.0 too. */
const acceptedVersions: ReadonlySet<string | undefined> = new Set(['1.1', '1.0', undefined])

/** Of HTTP: Node's parser takes RTSP for HTTP/1.0, and hands over the methods of that. */
export function isMethod(method: string | undefined): boolean {
  return methods.has(method)
}

const methods: ReadonlySet<string | undefined> = new Set(METHODS)

function scanHeaders({ httpVersion, method, rawHeaders }: RequestHead): HeadFacts | Reason {
  let host: string | undefined
  let authorization: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const value = textAt(rawHeaders, i + 1)
    switch (wantedName(textAt(rawHeaders, i))) {
      case 'host':
        if (host !== undefined) return 'request_malformed'
        host = value
        break
      case 'authorization':
        if (authorization !== undefined) return 'credential_conflict'
        authorization = value
        break
      case 'transfer-encoding':
        // HTTP/1.0 knows no codings: its next reader may frame the body in another way (RFC 9112 section 6.1).
        if (value.toLowerCase() !== 'chunked' || httpVersion === '1.0') return 'request_malformed'
        break
    }
  }
  const name = hostName(host, httpVersion)
  if (name === undefined) return 'request_malformed'
  return { host: name, authorization, preflight: method === 'OPTIONS' && hasPreflightHeaders(rawHeaders) }
}

function hasPreflightHeaders(rawHeaders: readonly string[]): boolean {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  return preflightHeaders.every((wanted) => names.filter((name) => name === wanted).length === 1)
}

/** Lower-cases only names whose length can matter: most headers cost one comparison. */
function wantedName(name: string): string {
  const length = name.length
  return length === 4 || length === 13 || length === 17 ? name.toLowerCase() : ''
}

/** Undefined: not a host, or none where HTTP/1.1 wants one. */
function hostName(value: string | undefined, httpVersion: string | undefined): string | undefined {
  if (value === undefined) return httpVersion === '1.1' ? undefined : ''
  if (!hostPattern.test(value)) return undefined
  const port = value.indexOf(':', value.lastIndexOf(']') + 1)
  const name = (port === -1 ? value : value.slice(0, port)).toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}
