/**
 * The written list of reasons why the gate refuses a request in which Node's parser and RFC 9112 find no fault. A refusal that is
 * not on it refuses too much.
 */
import { METHODS } from 'node:http'
import type { Reason } from '../../../src/reasons.ts'
import type { ReferenceRequest } from './reference-reader.ts'

type Applies = (request: ReferenceRequest, token: string) => boolean

/** What only RTSP has, and Node's parser takes for methods. */
const known: ReadonlySet<string> = new Set(METHODS)
const maxTarget = 8192
const maxHeaders = 190

export function isForwarded(method: string): boolean {
  return known.has(method) && method !== 'TRACE' && method !== 'CONNECT'
}

const hasNoToken: Applies = ({ headers }, token) => headers.get('authorization') !== `Bearer ${token}`
const isTwice =
  (name: string): Applies =>
  ({ headers }) =>
    headers.get(name)?.includes('\n') === true

const list: readonly (readonly [reason: Reason, why: string, applies: Applies])[] = [
  ['token_missing', 'it has no bearer token', hasNoToken],
  ['token_malformed', 'its token is another', hasNoToken],
  ['token_too_large', 'its token is another', hasNoToken],
  ['algorithm_not_allowed', 'its token is another', hasNoToken],
  ['key_unknown', 'its token is another', hasNoToken],
  ['signature_invalid', 'its token is another', hasNoToken],
  ['credential_conflict', 'it has two credentials', isTwice('authorization')],
  ['insufficient_group', 'alice is no admin', ({ target }) => /^\/admin/i.test(target)],
  ['path_ambiguous', 'two servers read its path as two', ({ target }) => /\/\/|\/\.|\.(?:\/|\?|$)|[A-Z]/.test(target)],
  ['endpoint_not_found', "its path is the gate's own", ({ target }) => target.startsWith('/_cogate')],
  ['method_not_allowed', 'the answer would show the token', ({ method }) => method === 'TRACE'],
  [
    'expectation_failed',
    'there is one expectation',
    ({ headers }) => !/^100-continue$/i.test(headers.get('expect') ?? ''),
  ],
  ['url_too_long', 'limits.url', ({ target }) => target.length > maxTarget],
  ['headers_too_large', 'limits.headers, limits.headerCount', ({ headers }) => headers.size > maxHeaders],
  ['request_malformed', 'a method that is none of HTTP', ({ method }) => !known.has(method)],
  ['request_malformed', 'RFC 9112 section 3.2: one Host', ({ headers }) => !isHost(headers.get('host'))],
  [
    'request_malformed',
    'RFC 6455: a broken handshake',
    ({ headers }) => /websocket/i.test(headers.get('upgrade') ?? ''),
  ],
]

export function isListed(reason: Reason, request: ReferenceRequest, token: string): boolean {
  return list.some(([listed, , applies]) => listed === reason && applies(request, token))
}

function isHost(value: string | undefined): boolean {
  return value !== undefined && /^[\w.-]+(?::\d{1,5})?$/.test(value)
}
