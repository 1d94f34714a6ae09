/**
 * The headers of one request as the upstream gets them: hop-by-hop and forged ones dropped, ours set last. Pure: the
 * same function serves HTTP exchanges, upgrades and public routes.
 */
import { isBearer } from '../tokens/extract.ts'
import type { Verified } from '../tokens/verified.ts'
import { dropNames, textAt } from './flat.ts'
import type { ForwardedClaims, Peer, TrustCheck } from './forwarded.ts'
import { acceptsRequestId, forwardedHeaders, isForwardingName } from './forwarded.ts'
import type { IdentityTable } from './identity.ts'
import { canonicalName } from './identity.ts'

export interface HeaderRules {
  readonly identity: IdentityTable
  readonly isTrusted: TrustCheck
  readonly passToken: boolean
  readonly preserveHost: boolean
  /** Sent where the caller's Host is not kept, or it had none. */
  readonly upstreamHost: string
  /** What each name seen so far is to us; bounded, because callers choose names. */
  readonly kinds: Map<string, HeaderKind>
}

export interface RequestFacts {
  readonly rawHeaders: readonly string[]
  readonly peer: Peer
  readonly caller: Verified | undefined
  readonly requestId: string
}

type HeaderKind = 'pass' | 'drop' | 'forwarding' | keyof Kept
interface Kept {
  host: string
  cookie: string
  authorization: string
  connection: string
  via: string
}

const maxKnownNames = 2000
const maxKnownNameLength = 64

// RFC 9110 section 7.6.1, and what browsers and old clients add; `Proxy` becomes HTTP_PROXY in CGI programs.
const hopByHop: ReadonlySet<string> = new Set([
  'keep-alive',
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
  'x-request-id',
])
const kept: ReadonlySet<string> = new Set(['host', 'cookie', 'authorization', 'connection', 'via'])
/** Framing is the connection's own; its aliases would reach CGI programs as the real thing. */
const framing: ReadonlySet<string> = new Set(['content-length', 'content-type'])

/** Name, value, name, value … for the upstream; Content-Length passes as received. */
export function upstreamHeaders(rules: HeaderRules, facts: RequestFacts): string[] {
  const headers: string[] = []
  const own: Partial<Kept> = {}
  const forwarding: string[] = []
  const { rawHeaders } = facts
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = textAt(rawHeaders, i)
    const value = textAt(rawHeaders, i + 1)
    const kind = kindOf(rules, name)
    if (kind === 'pass') headers.push(name, value)
    else if (kind === 'forwarding') forwarding.push(name, value)
    else if (kind !== 'drop') keep(own, kind, value)
  }
  const passed = own.connection === undefined ? headers : dropNominated(headers, own.connection)
  addOwn(passed, rules, own)
  addForwarded(passed, rules, { own, forwarding, facts })
  if (facts.caller) passed.push(...rules.identity.headersFor(facts.caller))
  passed.push('X-Request-Id', facts.requestId)
  return passed
}

/** The caller's own X-Request-Id, when its address is trusted and the id harmless. */
export function trustedRequestId(rules: HeaderRules, rawHeaders: readonly string[], peer: Peer): string | undefined {
  if (!rules.isTrusted(peer.address)) return undefined
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-request-id')
  const id = at === -1 ? undefined : rawHeaders[at + 1]
  return acceptsRequestId(id) ? id : undefined
}

function kindOf(rules: HeaderRules, name: string): HeaderKind {
  const known = rules.kinds.get(name)
  if (known !== undefined) return known
  const kind = classify(rules.identity, name)
  if (rules.kinds.size < maxKnownNames && name.length <= maxKnownNameLength) rules.kinds.set(name, kind)
  return kind
}

function classify(identity: IdentityTable, name: string): HeaderKind {
  const canonical = canonicalName(name)
  if (identity.owns(canonical) || hopByHop.has(canonical)) return 'drop'
  const isAlias = canonical !== name.toLowerCase()
  if (isForwardingName(canonical)) return isAlias ? 'drop' : 'forwarding'
  if (kept.has(canonical)) return canonical as keyof Kept
  return isAlias && framing.has(canonical) ? 'drop' : 'pass'
}

/** Cookie lines join with "; " (RFC 9113 section 8.2.3), lists with a comma; Host and Authorization occur once. */
function keep(own: Partial<Kept>, kind: keyof Kept, value: string): void {
  const earlier = own[kind]
  own[kind] = earlier === undefined ? value : `${earlier}${kind === 'cookie' ? '; ' : ', '}${value}`
}

/** What Connection names is for us alone, framing excepted: a length the client nominates still frames its body. */
function dropNominated(headers: string[], connection: string): string[] {
  const names = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  if (names.every((name) => name === 'keep-alive' || name === 'close' || name === 'upgrade')) return headers
  return dropNames(headers, new Set(names.filter((name) => !framing.has(name))))
}

function addOwn(headers: string[], rules: HeaderRules, own: Partial<Kept>): void {
  headers.push('Host', (rules.preserveHost ? own.host : undefined) ?? rules.upstreamHost)
  if (own.cookie !== undefined) headers.push('Cookie', own.cookie)
  if (own.authorization !== undefined && (rules.passToken || !isBearer(own.authorization))) {
    headers.push('Authorization', own.authorization)
  }
}

function addForwarded(
  headers: string[],
  rules: HeaderRules,
  from: { readonly own: Partial<Kept>; readonly forwarding: readonly string[]; readonly facts: RequestFacts },
): void {
  const { own, forwarding, facts } = from
  const believed = forwarding.length > 0 && rules.isTrusted(facts.peer.address)
  const claims = { ...(believed ? readForwarding(forwarding, headers) : noClaims), via: own.via }
  headers.push(...forwardedHeaders(facts.peer, claims, own.host ?? ''))
}

/** A trusted proxy's own words; what we do not rewrite (X-Real-IP, Forwarded) goes on as it came. */
function readForwarding(forwarding: readonly string[], headers: string[]): ForwardedClaims {
  const claims: Record<keyof ForwardedClaims, string | undefined> = { ...noClaims }
  for (let i = 0; i < forwarding.length; i += 2) {
    const name = textAt(forwarding, i)
    const value = textAt(forwarding, i + 1)
    const part = forwardedParts.get(name.toLowerCase())
    if (part === undefined) headers.push(name, value)
    else claims[part] = claims[part] === undefined ? value : `${claims[part]}, ${value}`
  }
  return claims
}

const noClaims: ForwardedClaims = { for: undefined, proto: undefined, host: undefined, port: undefined, via: undefined }
const forwardedParts: ReadonlyMap<string, keyof ForwardedClaims> = new Map([
  ['x-forwarded-for', 'for'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'host'],
  ['x-forwarded-port', 'port'],
])
