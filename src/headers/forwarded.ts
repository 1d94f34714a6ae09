/**
 * Where the request came from: X-Forwarded-For, -Proto, -Host, -Port and the request id. A caller's own word is
 * believed only when its address is in `forwarded.trust`.
 */
import { BlockList, isIP } from 'node:net'
import { headerLine } from './lines.ts'

/** Who is at the other end of a caller's connection. */
export interface Sender {
  readonly address: string
  readonly encrypted: boolean
  /** The port of ours the caller connected to. */
  readonly localPort: number
}

export interface Peer extends Sender {
  /** What the upstream is told of it when it says nothing that is believed: the same on every request. */
  readonly lines: string
}

/** What the caller's own headers said, in the order they came. */
export interface ForwardedClaims {
  readonly for: string | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
  readonly port: string | undefined
}

export type TrustCheck = (address: string) => boolean

/** CIDRs or single addresses; IPv4-mapped IPv6 peers meet IPv4 rules. */
export function compileTrust(cidrs: readonly string[]): TrustCheck {
  if (cidrs.length === 0) return () => false
  const trusted = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    trusted.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return (address) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Headers about the sender and its path that only a trusted proxy may send (canonical names). */
export function isForwardingName(canonicalName: string): boolean {
  return (
    canonicalName.startsWith('x-forwarded-') ||
    canonicalName.startsWith('x-original-') ||
    canonicalName === 'forwarded' ||
    canonicalName === 'x-real-ip' ||
    canonicalName === 'x-rewrite-url'
  )
}

export function createPeer(sender: Sender): Peer {
  return { ...sender, lines: senderLines(sender, noClaims) }
}

/** `claims` are those of a trusted peer; `host` is the request's Host header. */
export function forwardedLines(peer: Peer, claims: ForwardedClaims | undefined, host: string): string {
  const lines = claims === undefined ? peer.lines : senderLines(peer, claims)
  const forwardedHost = claims?.host ?? host
  return forwardedHost === '' ? lines : lines + headerLine('X-Forwarded-Host', forwardedHost)
}

export const noClaims: ForwardedClaims = {
  for: undefined,
  proto: undefined,
  host: undefined,
  port: undefined,
}

/** Joined, not added up: V8 would keep a sum as its parts, for as long as the connection lasts. */
function senderLines({ address, encrypted, localPort }: Sender, claims: ForwardedClaims): string {
  const own = address.startsWith('::ffff:') ? address.slice(7) : address
  return [
    headerLine('X-Forwarded-For', claims.for === undefined ? own : `${claims.for}, ${own}`),
    headerLine('X-Forwarded-Proto', claims.proto ?? (encrypted ? 'https' : 'http')),
    headerLine('X-Forwarded-Port', claims.port ?? String(localPort)),
  ].join('')
}

const requestIdPattern = /^[A-Za-z0-9._:@/+=-]{1,128}$/

/** A trusted caller's id goes on when it is harmless to log; anyone else gets a new one. */
export function acceptsRequestId(value: string | undefined): value is string {
  return value !== undefined && requestIdPattern.test(value)
}
