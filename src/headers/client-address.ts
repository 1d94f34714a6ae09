/**
 * The address of the caller: that of the connection, or the one that trusted proxies report in X-Forwarded-For. An
 * entry of a sender that is not trusted must never be believed: any caller can write one.
 */
import { isIP } from 'node:net'
import type { TrustCheck } from './forwarded.ts'

/**
 * Goes back from the nearest proxy to the first address that is not trusted. `hops` is the value of X-Forwarded-For,
 * whose lines are one list (RFC 9110 section 5.3).
 */
export function clientAddress(hops: string | undefined, peerAddress: string, isTrusted: TrustCheck): string {
  if (hops === undefined || !isTrusted(peerAddress)) return peerAddress
  let address = peerAddress
  // From the end, because each proxy appends the address it saw.
  for (let end = hops.length; end > 0; ) {
    const start = hops.lastIndexOf(',', end - 1)
    const item = hops.slice(start + 1, end).trim()
    end = start
    // An empty item is none (RFC 9110 section 5.6.1.2).
    if (item === '') continue
    const hop = bareAddress(item)
    if (isIP(hop) === 0) return address
    address = hop
    if (!isTrusted(hop)) return hop
  }
  return address
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function bareAddress(hop: string): string {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(hop) ?? []
  return v6 ?? v4 ?? hop
}
