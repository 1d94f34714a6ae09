/**
 * Header names: the canonical form in which they are compared, and the names that are never passed on. No other file
 * may hold such a form or such a list.
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

/**
 * Canonical names. `Proxy` would become the variable HTTP_PROXY of a CGI program; the others are meant for the gate.
 */
export const droppedFromRequests: ReadonlySet<string> = new Set([
  ...hopByHop,
  'expect',
  'http2-settings',
  'proxy',
  'proxy-authorization',
])

/** Lower-case names. Aliases pass: no caller takes them for the headers themselves. */
export const droppedFromAnswers: ReadonlySet<string> = new Set([...hopByHop, 'proxy-authentication-info'])

/** Lower-case names. Dropped as well when a relayed WebSocket is opened: our WebSocket client writes its own. */
export const droppedFromHandshakes: ReadonlySet<string> = new Set([
  'content-length',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
])
