/**
 * Names of headers: the canonical form in which they are compared, and which of them belong to one connection and are never
 * passed on. Nothing else in this program may hold such a list.
 */

/** CGI, WSGI, Rack and PHP read `X_User_Sub` and `X.User.Sub` as the header `X-User-Sub`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/**
 * Not passed on in either direction: RFC 9110 section 7.6.1 and what old clients send in its place. Trailers are not
 * forwarded, so `Trailer` would announce what never comes. The request id is ours: we set it on both sides.
 */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
] as const

/** Canonical names. `Proxy` would become the variable HTTP_PROXY of a CGI program; the others are for the next hop alone. */
export const droppedFromRequests: ReadonlySet<string> = new Set([
  ...hopByHop,
  'expect',
  'http2-settings',
  'proxy',
  'proxy-authorization',
])

/** Lower-case names: nothing of ours reads an alias in an answer. */
export const droppedFromAnswers: ReadonlySet<string> = new Set([...hopByHop, 'proxy-authentication-info'])

/** Lower-case names. Dropped as well from the opening of a relayed WebSocket, whose handshake is our client's own. */
export const droppedFromHandshakes: ReadonlySet<string> = new Set([
  'content-length',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
])
