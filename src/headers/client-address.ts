/**
 * The address of the client: that of the connection, or, as far back as proxies are trusted, what they say in
 * X-Forwarded-For. An address a caller made up is never reached: its own stands behind it.
 */
import { isIP } from 'node:net'
import type { TrustCheck } from './forwarded.ts'

/** `hops` is the value of X-Forwarded-For; several lines are one list (RFC 9110 section 5.3). */
export function clientAddress(hops: string | undefined, peerAddress: string, isTrusted: TrustCheck): string {
  if (hops === undefined || !isTrusted(peerAddress)) return peerAddress
  let address = peerAddress
  // From the nearest: what lies behind the first one that is not trusted is never looked at.
  for (let end = hops.length; end > 0; ) {
    const start = hops.lastIndexOf(',', end - 1)
    const hop = bareAddress(hops.slice(start + 1, end).trim())
    if (isIP(hop) === 0) return address
    address = hop
    if (!isTrusted(hop)) return hop
    end = start
  }
  return address
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function bareAddress(hop: string): string {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(hop) ?? []
  return v6 ?? v4 ?? hop
}
