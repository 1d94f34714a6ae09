/**
 * The headers of a request as the upstream gets them: hop-by-hop and forged ones are dropped, ours are set last. HTTP
 * exchanges, upgrades and public routes must all use this function.
 */
import { isBearer } from '../tokens/extract.ts'
import type { Verified } from '../tokens/verified.ts'
import type { AddedHeaders } from './added.ts'
import type { ForwardedClaims, Peer, TrustCheck } from './forwarded.ts'
import { acceptsRequestId, callerOrigin, forwardedLines, isForwardingName, noClaims } from './forwarded.ts'
import type { HeadFields } from './head-fields.ts'
import type { IdentityTable } from './identity.ts'
import { headerLine, splitList, textAt } from './lines.ts'
import type { Origins, OwnAddress } from './location.ts'
import { redirectDestination } from './location.ts'
import { canonicalName, droppedFromRequests } from './names.ts'

export interface HeaderRules {
  readonly identity: IdentityTable
  readonly isTrusted: TrustCheck
  /** Which Authorization of the caller reaches the service. */
  readonly authorization: 'all' | 'other than bearer' | 'none'
  readonly added: AddedHeaders
  readonly preserveHost: boolean
  /** Sent when the caller's Host is not kept or absent. */
  readonly upstreamHost: string
  /** `Via` names us too. Without it, one that came passes as it is. */
  readonly addsVia: boolean
  /** Takes the gate's own cookies out of a Cookie header; undefined without browser sign-in. */
  readonly stripCookies: ((header: string) => string | undefined) | undefined
  /** Header lines with the signed identity of a caller; undefined: no identity is signed. */
  readonly signIdentity: ((caller: Verified) => string) | undefined
  /**
   * The fields without credentials of the caller, and with the token in `Authorization`. Undefined: a credential is nowhere else.
   */
  readonly withhold: ((fields: HeadFields, token: string | undefined) => HeadFields) | undefined
  /** Addresses of the service in headers are rewritten; undefined: they pass as they are. */
  readonly ownAddress: OwnAddress | undefined
  /** The kind of each name seen so far. Bounded, because callers choose names. */
  readonly kinds: Map<string, HeaderKind>
}

export interface RequestFacts {
  readonly fields: HeadFields
  readonly peer: Peer
  readonly caller: Verified | undefined
  /** The credential that the caller has sent, once it is verified. */
  readonly token?: string | undefined
  readonly requestId: string
}

/** `written`: the gate writes one line in the place of all that came. `length`: passes without leading zeros.
 * `destination`: its host may be rewritten. */
type HeaderKind = 'pass' | 'drop' | 'forwarding' | 'written' | 'length' | 'destination'

const maxKnownNames = 2000
const maxKnownNameLength = 64

const writtenNames: ReadonlySet<string> = new Set(['host', 'cookie', 'authorization', 'via'])
/** Headers of the body. Their aliases are dropped, because CGI programs would take them for the headers themselves. */
const framing: ReadonlySet<string> = new Set(['content-length', 'content-type'])

/** The header lines for the upstream; Content-Length passes without leading zeros. */
export function upstreamHeaders(rules: HeaderRules, received: RequestFacts): string {
  const { withhold } = rules
  const facts = withhold ? { ...received, fields: withhold(received.fields, received.token) } : received
  const forwarding: string[] = []
  const passed = passLines(rules, facts, forwarding)
  const forwarded = addForwarded(rules, facts, forwarding)
  const identity = facts.caller ? identityOf(facts.caller, rules) : ''
  return passed + writeOwn(rules, facts.fields) + forwarded + identity + headerLine('X-Request-Id', facts.requestId)
}

function identityOf(caller: Verified, { signIdentity }: HeaderRules): string {
  return signIdentity === undefined ? caller.identityLines : caller.identityLines + signIdentity(caller)
}

/** Some services would take a padded number for octal (RFC 9110 section 8.6: leading zeros say nothing). */
const leadingZeros = /^0+(?=\d)/

/** Returns the lines that pass unchanged. Headers about the sender and its path are added to `forwarding`. */
function passLines(rules: HeaderRules, facts: SentFacts, forwarding: string[]): string {
  const { lines: received, connection } = facts.fields
  const nominated = nominatedBy(connection)
  let lines = ''
  for (let i = 0; i < received.length; i += 2) {
    const name = textAt(received, i)
    const value = textAt(received, i + 1)
    const kind = kindOf(rules, name)
    if (kind === 'pass') {
      if (!nominated?.has(name.toLowerCase())) lines += headerLine(name, value)
    } else if (kind === 'forwarding') forwarding.push(name, value)
    else if (kind === 'length') lines += headerLine(name, value.replace(leadingZeros, ''))
    else if (kind === 'destination' && !nominated?.has('destination')) {
      lines += headerLine(name, redirectDestination(value, originsOf(rules, facts)))
    }
  }
  return lines
}

type SentFacts = Pick<RequestFacts, 'fields' | 'peer'>

/** What caller and service call the gate in this request. */
export function originsOf(rules: HeaderRules, { fields, peer }: SentFacts): Origins {
  const { host = '', lines } = fields
  const forwarding = rules.isTrusted(peer.address) ? lines.filter((_, i) => isForwardingLine(rules, lines, i)) : []
  const { claims } = readForwarding(forwarding)
  const hosts = claims.host === undefined ? [host] : [host, ...splitList(claims.host)]
  const caller = callerOrigin(peer, claims, host)
  return { caller, sent: `${rules.ownAddress?.scheme}://${sentHost(rules, fields)}`, hosts }
}

function isForwardingLine(rules: HeaderRules, lines: readonly string[], index: number): boolean {
  return kindOf(rules, textAt(lines, index - (index % 2))) === 'forwarding'
}

function sentHost({ preserveHost, upstreamHost }: HeaderRules, { host }: HeadFields): string {
  return (preserveHost ? host : undefined) ?? upstreamHost
}

/** The caller's own X-Request-Id, if its address is trusted and the id is safe to log. */
export function trustedRequestId(rules: HeaderRules, { requestId }: HeadFields, peer: Peer): string | undefined {
  return rules.isTrusted(peer.address) && acceptsRequestId(requestId) ? requestId : undefined
}

function kindOf(rules: HeaderRules, name: string): HeaderKind {
  const known = rules.kinds.get(name)
  if (known !== undefined) return known
  const kind = classify(rules, name)
  if (rules.kinds.size < maxKnownNames && name.length <= maxKnownNameLength) rules.kinds.set(name, kind)
  return kind
}

function classify({ identity, added, ownAddress }: HeaderRules, name: string): HeaderKind {
  const canonical = canonicalName(name)
  if (identity.owns(canonical) || added.names.has(canonical) || droppedFromRequests.has(canonical)) return 'drop'
  const isAlias = canonical !== name.toLowerCase()
  if (isForwardingName(canonical)) return isAlias ? 'drop' : 'forwarding'
  if (writtenNames.has(canonical)) return 'written'
  if (isAlias && framing.has(canonical)) return 'drop'
  if (canonical === 'destination' && !isAlias && ownAddress) return 'destination'
  return canonical === 'content-length' ? 'length' : 'pass'
}

/**
 * The headers that Connection names: they are for this hop only. Headers of the body are excepted, because a
 * Content-Length that is named there still frames the body.
 */
function nominatedBy(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  const names = splitList(connection.toLowerCase())
  return new Set(names.filter((name) => !framing.has(name)))
}

/** RFC 9110 section 7.6.3. */
const ownVia = '1.1 cogate'

/** Writes one line for each header, however many lines came. */
function writeOwn(rules: HeaderRules, fields: HeadFields): string {
  const { cookie, authorization, via } = fields
  let lines = headerLine('Host', sentHost(rules, fields))
  const passed = cookie === undefined || rules.stripCookies === undefined ? cookie : rules.stripCookies(cookie)
  if (passed !== undefined) lines += headerLine('Cookie', passed)
  if (authorization !== undefined && passesOn(rules, authorization)) lines += headerLine('Authorization', authorization)
  if (rules.addsVia) lines += headerLine('Via', via === undefined ? ownVia : `${via}, ${ownVia}`)
  else if (via !== undefined) lines += headerLine('Via', via)
  return lines + rules.added.lines
}

function passesOn(rules: HeaderRules, authorization: string): boolean {
  return rules.authorization === 'all' || (rules.authorization !== 'none' && !isBearer(authorization))
}

function addForwarded(rules: HeaderRules, { peer, fields }: RequestFacts, forwarding: readonly string[]): string {
  const { host = '' } = fields
  const believed = forwarding.length > 0 && rules.isTrusted(peer.address)
  if (!believed) return forwardedLines(peer, undefined, host)
  const { claims, lines } = readForwarding(forwarding)
  return lines + forwardedLines(peer, claims, host)
}

interface Believed {
  readonly claims: ForwardedClaims
  readonly lines: string
}

/** Divides the headers of a trusted proxy: `claims` are extended, `lines` (X-Real-IP, Forwarded) pass unchanged. */
function readForwarding(forwarding: readonly string[]): Believed {
  const claims: Record<keyof ForwardedClaims, string | undefined> = { ...noClaims }
  let lines = ''
  for (let i = 0; i < forwarding.length; i += 2) {
    const name = textAt(forwarding, i)
    const value = textAt(forwarding, i + 1)
    const part = forwardedParts.get(name.toLowerCase())
    if (part === undefined) lines += headerLine(name, value)
    else claims[part] = joinItems(claims[part], value)
  }
  return { claims, lines }
}

/** An empty value is an absent one, and empty items are none (RFC 9110 section 5.6.1.2). */
function joinItems(earlier: string | undefined, value: string): string | undefined {
  const items = splitList(value).filter((item) => item !== '')
  if (items.length === 0) return earlier
  return earlier === undefined ? items.join(', ') : `${earlier}, ${items.join(', ')}`
}

const forwardedParts: ReadonlyMap<string, keyof ForwardedClaims> = new Map([
  ['x-forwarded-for', 'for'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'host'],
  ['x-forwarded-port', 'port'],
])
