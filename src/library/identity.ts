/**
 * Who calls, for handlers and for services behind the application. The caller's own identity headers are taken out of the request
 * before anybody can read them.
 */
import type { IncomingMessage } from 'node:http'
import type { Allow } from '../decide/decision.ts'
import type { Runtime } from '../decide/runtime.ts'
import { isForwardingName, namesPath } from '../headers/forwarded.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { readField } from '../headers/head-fields.ts'
import type { identityPairs } from '../headers/identity.ts'
import { dropHeaders, dropNames, splitList } from '../headers/lines.ts'
import { canonicalName } from '../headers/names.ts'
import type { Reason } from '../reasons.ts'
import type { Claims } from '../tokens/claims.ts'
import { decodeCompact } from '../tokens/compact.ts'
import { isBearer } from '../tokens/extract.ts'
import { Scratch } from '../tokens/scratch.ts'
import type { Caller } from './types.ts'

type Rules = Runtime['headers']
type Pairs = ReturnType<typeof identityPairs>

/** Of a request that may pass. */
export interface Admitted {
  /** As received. */
  readonly fields: HeadFields
  /** Of the caller, verified. */
  readonly token: string | undefined
  readonly pairs: Pairs
}

/** Replaces the identity headers of a request that may pass, in every form in which Node shows them, and takes credentials away. */
export function replaceIdentity(req: IncomingMessage, rules: Rules, { fields, token, pairs }: Admitted): void {
  const { headers, rawHeaders } = req
  const isTrusted = rules.isTrusted(req.socket.remoteAddress ?? '')
  const isDropped = (name: string): boolean => isForged(name, rules, isTrusted)
  for (const name of Object.keys(headers)) if (isDropped(name)) delete headers[name]
  rawHeaders.splice(0, rawHeaders.length, ...dropHeaders(rawHeaders, isDropped))
  if (rules.withhold) replaceFields(req, fields, rules.withhold(fields, token))
  dropToken(req, rules)
  keepNominated(req, isDropped)
  for (const [name, value] of pairs) {
    headers[name.toLowerCase()] = value
    rawHeaders.push(name, value)
  }
}

/** Headers of the body, and of the way: a CGI program would take another spelling for the header itself. */
const framing: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'transfer-encoding',
  'authorization',
  'cookie',
])

/** Only the gate may say it. A service that obeys X-Original-URL serves another path than the one that was decided. */
function isForged(name: string, { identity }: Rules, isTrusted: boolean): boolean {
  const canonical = canonicalName(name)
  if (identity.owns(canonical) || canonical === 'proxy') return true
  const isAlias = canonical !== name.toLowerCase()
  if (isAlias) return framing.has(canonical) || isForwardingName(canonical)
  return !isTrusted && namesPath(canonical)
}

/** What may hold a credential. */
function replaceFields(req: IncomingMessage, before: HeadFields, after: HeadFields): void {
  for (const name of ['authorization', 'cookie', 'sec-websocket-protocol']) {
    const value = readValue(after, name)
    if (value === readValue(before, name)) continue
    const { headers, rawHeaders } = req
    rawHeaders.splice(0, rawHeaders.length, ...dropNames(rawHeaders, new Set([name])))
    delete headers[name]
    if (value === undefined) continue
    headers[name] = value
    rawHeaders.push(name, value)
  }
}

function readValue(fields: HeadFields, name: string): string | undefined {
  return name === 'authorization' || name === 'cookie' ? fields[name] : readField(fields, name)
}

/** As in the gate: a service may be spared the token. */
function dropToken(req: IncomingMessage, { authorization }: Rules): void {
  if (authorization === 'all' || !isBearer(req.headers.authorization ?? '')) return
  delete req.headers.authorization
  const { rawHeaders } = req
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization')
  rawHeaders.splice(at, 2)
}

/** A header that Connection names goes no further: a caller must not take the gate's own ones away. */
function keepNominated({ headers, rawHeaders }: IncomingMessage, isDropped: (name: string) => boolean): void {
  const { connection } = headers
  if (connection === undefined) return
  const names = splitList(connection)
  const kept = names.filter((name) => !isDropped(name))
  if (kept.length === names.length) return
  rawHeaders.splice(0, rawHeaders.length, ...dropNames(rawHeaders, new Set(['connection'])))
  delete headers.connection
  if (kept.length === 0) return
  headers.connection = kept.join(', ')
  rawHeaders.push('Connection', headers.connection)
}

/** `request.cogate`. Claims are read when they are asked for: many handlers never look at them. */
export class KnownCaller implements Caller {
  readonly requestId: string
  readonly #allow: Allow
  readonly #pairs: Pairs
  #claims: Caller['claims'] | undefined

  constructor(allow: Allow, pairs: Pairs, requestId: string) {
    this.#allow = allow
    this.#pairs = pairs
    this.requestId = requestId
  }

  get claims(): Caller['claims'] {
    const token = this.#allow.caller?.token
    this.#claims ??= token === undefined ? null : readClaims(token)
    return this.#claims
  }

  get reason(): Reason | 'allowed' {
    return this.#allow.reported ?? 'allowed'
  }

  get subject(): string | null {
    return this.#allow.caller?.subject ?? null
  }

  get clientId(): string | null {
    return this.#allow.caller?.clientId ?? null
  }

  get userPool(): string | null {
    return this.#allow.caller?.key.pool ?? null
  }

  get groups(): readonly string[] {
    return this.#allow.caller?.groups ?? []
  }

  get scopes(): readonly string[] {
    return this.#allow.caller?.scopes ?? []
  }

  get expiresAt(): number | null {
    return this.#allow.caller?.expiresAtMs ?? null
  }

  get identityHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#pairs)
  }
}

/** Of a token that was verified. */
function readClaims(token: string): Claims {
  return decodeCompact(token, new Scratch(token.length))?.payload as Claims
}
