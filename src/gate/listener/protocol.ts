/**
 * The protocol of a request line. Node's parser reads RTSP and ICE as HTTP of the same version and does not say so. The packet
 * says it, if the whole line is in it.
 */
import type { IncomingMessage } from 'node:http'
import { packetInHand } from './node-internals.ts'

/**
 * `1.1`, or `RTSP` and `ICE`. Only HTTP/1.0, whose version RTSP and ICE share, and methods that are not in a hurry are looked at
 * twice. Call it while the request arrives.
 */
export function protocolOf({ httpVersion, httpVersionMinor, method, socket }: IncomingMessage, target: string): string {
  if (httpVersionMinor === 1 && method !== 'OPTIONS' && method !== 'SOURCE') return httpVersion
  return foreignName(packetInHand(socket), { method, target, version: httpVersion }) ?? httpVersion
}

interface RequestLine {
  readonly method: string | undefined
  readonly target: string
  readonly version: string
}

/** By the first line in the packet with this method, target and version. Undefined for HTTP. */
function foreignName(packet: string, { method = '', target, version }: RequestLine): string | undefined {
  const wanted = ` ${target} `
  for (let at = packet.indexOf(wanted); at !== -1; at = packet.indexOf(wanted, at + 1)) {
    if (!packet.slice(0, at).trimEnd().endsWith(method)) continue
    const rest = packet.slice(at + wanted.length, at + wanted.length + 32)
    const [, name, number] = /^ *(HTTP|RTSP|ICE)\/([\d.]+)/.exec(rest) ?? []
    if (name !== undefined && number === version) return name === 'HTTP' ? undefined : name
  }
  return undefined
}
