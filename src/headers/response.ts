/**
 * The headers of an upstream's answer as the caller gets them: without hop-by-hop ones and those its Connection names.
 */

/** Lower-case names; a header that occurs several times is a list. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

// RFC 9110 section 7.6.1. Trailers are not forwarded, so Trailer would announce what never comes.
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])

/** Name, value, name, value …, our X-Request-Id last. A 204 has no Content-Length (RFC 9110 section 8.6). */
export function callerHeaders(headers: ResponseHeaders, status: number, requestId: string): string[] {
  const nominated = nominatedNames(headers.connection)
  const flat: string[] = []
  for (const name of Object.keys(headers)) {
    if (hopByHop.has(name) || nominated?.includes(name) || (status === 204 && name === 'content-length')) continue
    const value = headers[name]
    if (typeof value === 'string') flat.push(name, value)
    else for (const line of value ?? []) flat.push(name, line)
  }
  flat.push('X-Request-Id', requestId)
  return flat
}

function nominatedNames(connection: ResponseHeaders[string]): readonly string[] | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  return String(connection)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'content-length')
}
