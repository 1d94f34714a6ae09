/**
 * Tells the upstream where a request comes from: X-Forwarded-For, -Proto, -Host, -Port and the request id. What
 * the caller says of it must not be believed unless its address is in `forwarded.trust`.
 */
import { BlockList, isIP } from 'node:net'
import { headerLine } from './lines.ts'

/** The other end of a caller's connection. */
export interface Sender {
  readonly address: string
  readonly encrypted: boolean
  /** The port of the gate that the caller connected to. */
  readonly localPort: number
}

export interface Peer extends Sender {
  /** The lines about it when nothing that it says is believed. They are the same on every request. */
  readonly lines: string
}

/** What the caller's own headers say. Several lines of one name are joined in their order. */
export interface ForwardedClaims {
  readonly for: string | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
  readonly port: string | undefined
}

export type TrustCheck = (address: string) => boolean

/** Takes CIDRs or single addresses. An IPv4 rule also matches the IPv4-mapped IPv6 address of a peer. */
export function compileTrust(cidrs: readonly string[]): TrustCheck {
  if (cidrs.length === 0) return () => false
  const trusted = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    trusted.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  const check = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  // A request asks some four times about one address, and each check makes a native object.
  let last = { address: '', isTrusted: false }
  return (address) => {
    if (last.address !== address) last = { address, isTrusted: check(address) }
    return last.isTrusted
  }
}

/** Headers about the sender and its path that only a trusted proxy may send (canonical names). */
export function isForwardingName(canonicalName: string): boolean {
  return canonicalName.startsWith('x-forwarded-') || addressNames.has(canonicalName) || namesPath(canonicalName)
}

/** Where programs look for the address of the caller besides: proxies and content networks set these, and callers can. */
const addressNames: ReadonlySet<string> = new Set([
  ...['forwarded', 'forwarded-for', 'x-forwarded', 'x-real-ip'],
  ...['client-ip', 'x-client-ip', 'true-client-ip', 'x-cluster-client-ip', 'x-originating-ip'],
  ...['proxy-client-ip', 'wl-proxy-client-ip', 'x-envoy-external-address'],
  ...['cf-connecting-ip', 'cf-connecting-ipv6', 'cf-pseudo-ipv4', 'fastly-client-ip', 'fly-client-ip'],
  ...['do-connecting-ip', 'x-azure-clientip', 'x-azure-socketip', 'cloudfront-viewer-address'],
])

/** Headers from which some services take their path, their host or the place of a file (canonical names). */
export function namesPath(canonicalName: string): boolean {
  return pathPrefixes.some((prefix) => canonicalName.startsWith(prefix)) || pathNames.has(canonicalName)
}

const pathPrefixes = ['x-original-', 'x-rewrite-', 'x-envoy-original-'] as const
const pathNames: ReadonlySet<string> = new Set([
  // WSGI and PSGI programs below a prefix.
  ...['x-script-name', 'x-traversal-path'],
  // Rack::Sendfile tells the server in front where a file is.
  ...['x-accel-mapping', 'x-sendfile-type'],
  ...['x-http-destinationurl', 'x-http-host-override', 'x-override-url', 'x-waws-unencoded-url'],
])

export function createPeer(sender: Sender): Peer {
  return { ...sender, lines: senderLines(sender, noClaims) }
}

/** `claims` are what a trusted peer says. `host` is the Host header of the request. */
export function forwardedLines(peer: Peer, claims: ForwardedClaims | undefined, host: string): string {
  const lines = claims === undefined ? peer.lines : senderLines(peer, claims, host)
  const forwardedHost = claims?.host ?? host
  return forwardedHost === '' ? lines : lines + headerLine('X-Forwarded-Host', forwardedHost)
}

export const noClaims: ForwardedClaims = {
  for: undefined,
  proto: undefined,
  host: undefined,
  port: undefined,
}

/** Uses `join`, because V8 keeps the parts of a string that `+` has made, here as long as the connection lasts. */
function senderLines({ address, encrypted, localPort }: Sender, claims: ForwardedClaims, host = ''): string {
  const own = address.startsWith('::ffff:') ? address.slice(7) : address
  return [
    headerLine('X-Forwarded-For', claims.for === undefined ? own : `${claims.for}, ${own}`),
    headerLine('X-Forwarded-Proto', claims.proto ?? (encrypted ? 'https' : 'http')),
    writePort(claims, localPort, host),
  ].join('')
}

/**
 * A trusted proxy that names protocol or host was reached on a port of its own, and applications redirect to this port.
 * Where it does not name the port, the port is that of the host, or the default of the protocol.
 */
function writePort({ proto, host, port }: ForwardedClaims, localPort: number, ownHost: string): string {
  const isSilent = proto === undefined && host === undefined && port === undefined
  const known = isSilent ? String(localPort) : (port ?? portOf(host ?? ownHost) ?? defaultPort(proto))
  return known === undefined ? '' : headerLine('X-Forwarded-Port', known)
}

const schemes: ReadonlyMap<string, 'http' | 'https'> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
])
const authority = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i

/**
 * The origin at which the caller reached the gate, such as `https://app.example:8443`, as far as the claims are believed.
 * Undefined where nothing that is a host was named.
 */
export function callerOrigin(
  { encrypted }: Sender,
  { proto, host, port }: ForwardedClaims,
  ownHost: string,
): string | undefined {
  const scheme = schemes.get(lastItem(proto ?? '').toLowerCase()) ?? (encrypted ? 'https' : 'http')
  const name = lastItem(host ?? ownHost)
  if (!authority.test(name)) return undefined
  const number = lastItem(port ?? '')
  // Without a port of its own the host is on the port that a proxy names. A default port is none to name.
  const isNamed = /^\d{1,5}$/.test(number) && number !== '80' && number !== '443' && portOf(name) === undefined
  return `${scheme}://${isNamed ? `${name}:${number}` : name}`
}

function portOf(host: string): string | undefined {
  return /:(\d{1,5})$/.exec(lastItem(host))?.[1]
}

function defaultPort(proto: string | undefined): string | undefined {
  const name = proto === undefined ? undefined : lastItem(proto).toLowerCase()
  if (name === 'https' || name === 'wss') return '443'
  return name === 'http' || name === 'ws' ? '80' : undefined
}

/** Of a list, the item that the nearest proxy has added. */
function lastItem(list: string): string {
  return list.slice(list.lastIndexOf(',') + 1).trim()
}

const requestIdPattern = /^[A-Za-z0-9._:@/+=-]{1,128}$/

/** Whether the request id of a trusted caller is kept: it must be safe to log. Without it the gate makes a new one. */
export function acceptsRequestId(value: string | undefined): value is string {
  return value !== undefined && requestIdPattern.test(value)
}
