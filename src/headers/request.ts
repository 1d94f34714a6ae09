/**
 * The headers of one request as the upstream gets them: hop-by-hop and forged ones dropped, ours set last. Pure: the
 * same function serves HTTP exchanges, upgrades and public routes.
 */
import { isBearer } from '../tokens/extract.ts'
import type { Verified } from '../tokens/verified.ts'
import { textAt } from './flat.ts'
import type { ForwardedClaims, Peer, TrustCheck } from './forwarded.ts'
import { acceptsRequestId, forwardedLines, isForwardingName, noClaims } from './forwarded.ts'
import type { IdentityTable } from './identity.ts'
import { headerLine } from './lines.ts'
import { canonicalName, droppedFromRequests } from './names.ts'

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

type HeaderKind = 'pass' | 'drop' | 'forwarding' | KeptName
type KeptName = 'host' | 'cookie' | 'authorization' | 'via'
type Kept = Partial<Record<KeptName, string>> & {
  /** What the sender and its path are said to be: name, value, name, value … */
  readonly forwarding: string[]
}

const maxKnownNames = 2000
const maxKnownNameLength = 64

const keptNames: ReadonlySet<string> = new Set<KeptName>(['host', 'cookie', 'authorization', 'via'])
/** Framing is the connection's own; its aliases would reach CGI programs as the real thing. */
const framing: ReadonlySet<string> = new Set(['content-length', 'content-type'])

/** The header lines for the upstream; Content-Length passes as received. */
export function upstreamHeaders(rules: HeaderRules, facts: RequestFacts): string {
  const kept: Kept = { forwarding: [] }
  const passed = passLines(rules, facts.rawHeaders, kept)
  const forwarded = addForwarded(rules, facts, kept)
  const identity = facts.caller ? facts.caller.identityLines : ''
  return passed + addKept(rules, kept) + forwarded + identity + headerLine('X-Request-Id', facts.requestId)
}

/** What passes as it is; the rest is kept for a closer look, or dropped. */
function passLines(rules: HeaderRules, rawHeaders: readonly string[], kept: Kept): string {
  const nominated = nominatedBy(rawHeaders)
  let lines = ''
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = textAt(rawHeaders, i)
    const value = textAt(rawHeaders, i + 1)
    const kind = kindOf(rules, name)
    if (kind === 'pass') {
      if (!nominated?.has(name.toLowerCase())) lines += headerLine(name, value)
    } else if (kind === 'forwarding') kept.forwarding.push(name, value)
    else if (kind !== 'drop') keep(kept, kind, value)
  }
  return lines
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
  if (identity.owns(canonical) || droppedFromRequests.has(canonical)) return 'drop'
  const isAlias = canonical !== name.toLowerCase()
  if (isForwardingName(canonical)) return isAlias ? 'drop' : 'forwarding'
  if (keptNames.has(canonical)) return canonical as KeptName
  return isAlias && framing.has(canonical) ? 'drop' : 'pass'
}

/** Cookie lines join with "; " (RFC 9113 section 8.2.3), lists with a comma; Host and Authorization occur once. */
function keep(kept: Kept, name: KeptName, value: string): void {
  const earlier = kept[name]
  kept[name] = earlier === undefined ? value : `${earlier}${name === 'cookie' ? '; ' : ', '}${value}`
}

/** What Connection names is for us alone, framing excepted: a length the client nominates still frames its body. */
function nominatedBy(rawHeaders: readonly string[]): ReadonlySet<string> | undefined {
  let names: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = textAt(rawHeaders, i)
    const value = textAt(rawHeaders, i + 1)
    const isPlain = value === 'keep-alive' || value === 'close' || name.length !== 'connection'.length
    if (!isPlain && name.toLowerCase() === 'connection') names = names.concat(value.toLowerCase().split(','))
  }
  if (names.length === 0) return undefined
  return new Set(names.map((name) => name.trim()).filter((name) => !framing.has(name)))
}

function addKept(rules: HeaderRules, { host, cookie, authorization }: Kept): string {
  let lines = headerLine('Host', (rules.preserveHost ? host : undefined) ?? rules.upstreamHost)
  if (cookie !== undefined) lines += headerLine('Cookie', cookie)
  if (authorization !== undefined && (rules.passToken || !isBearer(authorization))) {
    lines += headerLine('Authorization', authorization)
  }
  return lines
}

function addForwarded(rules: HeaderRules, { peer }: RequestFacts, { forwarding, via, host = '' }: Kept): string {
  const believed = forwarding.length > 0 && rules.isTrusted(peer.address)
  if (!believed) return forwardedLines(peer, via === undefined ? undefined : { ...noClaims, via }, host)
  const { claims, lines } = readForwarding(forwarding)
  return lines + forwardedLines(peer, { ...claims, via }, host)
}

interface Believed {
  readonly claims: ForwardedClaims
  readonly lines: string
}

/** A trusted proxy's own words; what we do not rewrite (X-Real-IP, Forwarded) goes on as it came. */
function readForwarding(forwarding: readonly string[]): Believed {
  const claims: Record<keyof ForwardedClaims, string | undefined> = { ...noClaims }
  let lines = ''
  for (let i = 0; i < forwarding.length; i += 2) {
    const name = textAt(forwarding, i)
    const value = textAt(forwarding, i + 1)
    const part = forwardedParts.get(name.toLowerCase())
    if (part === undefined) lines += headerLine(name, value)
    else claims[part] = claims[part] === undefined ? value : `${claims[part]}, ${value}`
  }
  return { claims, lines }
}

const forwardedParts: ReadonlyMap<string, keyof ForwardedClaims> = new Map([
  ['x-forwarded-for', 'for'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'host'],
  ['x-forwarded-port', 'port'],
])
