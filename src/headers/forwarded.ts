/**
 * Where the request came from: X-Forwarded-For, -Proto, -Host, -Port, Via and the request id. A caller's own word is
 * believed only when its address is in `forwarded.trust`.
 */
import { BlockList, isIP } from 'node:net'
import { headerLine } from './lines.ts'

export interface Peer {
  readonly address: string
  readonly encrypted: boolean
  /** The port of ours the caller connected to. */
  readonly localPort: number
}

/** What the caller's own headers said, in the order they came. */
export interface ForwardedClaims {
  readonly for: string | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
  readonly port: string | undefined
  readonly via: string | undefined
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

/** `claims` is empty unless the peer is trusted; `host` is the request's Host header. */
export function forwardedLines(peer: Peer, claims: ForwardedClaims, host: string): string {
  const address = peer.address.startsWith('::ffff:') ? peer.address.slice(7) : peer.address
  const forwardedHost = claims.host ?? host
  return (
    headerLine('X-Forwarded-For', claims.for === undefined ? address : `${claims.for}, ${address}`) +
    headerLine('X-Forwarded-Proto', claims.proto ?? (peer.encrypted ? 'https' : 'http')) +
    headerLine('X-Forwarded-Port', claims.port ?? String(peer.localPort)) +
    headerLine('Via', claims.via === undefined ? '1.1 cogate' : `${claims.via}, 1.1 cogate`) +
    (forwardedHost === '' ? '' : headerLine('X-Forwarded-Host', forwardedHost))
  )
}

const requestIdPattern = /^[A-Za-z0-9._:@/+=-]{1,128}$/

/** A trusted caller's id goes on when it is harmless to log; anyone else gets a new one. */
export function acceptsRequestId(value: string | undefined): value is string {
  return value !== undefined && requestIdPattern.test(value)
}
