/**
 * The address of the client: that of the connection, or, as far back as proxies are trusted, what they say in
 * X-Forwarded-For. An address a caller made up is never reached: its own stands behind it.
 */
import { isIP } from 'node:net'
import { valuesOf } from './flat.ts'
import type { TrustCheck } from './forwarded.ts'

export function clientAddress(rawHeaders: readonly string[], peerAddress: string, isTrusted: TrustCheck): string {
  if (!isTrusted(peerAddress)) return peerAddress
  // Several lines are one list (RFC 9110 section 5.3).
  const hops = valuesOf(rawHeaders, 'x-forwarded-for').join(',')
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
