/**
 * The request object of the traffic listener. Node looks at three headers of every request, and makes an object of all
 * of them to do so; everything here reads `rawHeaders`. Upgrades keep the whole, which says to what. What Node asks
 * for beyond that is absent: `TE` of HTTP/1.0, to which it would answer in chunks that HTTP/1.0 does not have.
 */
import type { IncomingHttpHeaders, IncomingMessage as Request } from 'node:http'
import { IncomingMessage } from '../../node-http.ts'

export class GateRequest extends IncomingMessage {}

const whole = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers')

Object.defineProperty(GateRequest.prototype, 'headers', {
  get(this: GateRequest & { readonly upgrade?: boolean }): IncomingHttpHeaders {
    return this.upgrade ? whole?.get?.call(this) : framingHeaders(this.rawHeaders)
  },
})

const none: IncomingHttpHeaders = Object.freeze(Object.create(null))
/** Whether a body comes and whether the caller waits for leave to send it: all that Node asks for, the Host check being off. */
const asked: ReadonlySet<string> = new Set(['expect', 'content-length', 'transfer-encoding'])
const lengthsAsked: ReadonlySet<number> = new Set([...asked].map(({ length }) => length))

function framingHeaders(rawHeaders: readonly string[]): IncomingHttpHeaders {
  let headers = none
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (!lengthsAsked.has(name.length) || !asked.has(name.toLowerCase())) continue
    if (headers === none) headers = Object.create(null)
    append(headers, name.toLowerCase(), rawHeaders[i + 1] ?? '')
  }
  return headers
}

/** As Node joins them: `100-continue` counts wherever it stands among several expectations. */
function append(headers: IncomingHttpHeaders, name: string, value: string): void {
  const earlier = headers[name]
  headers[name] = earlier === undefined ? value : `${earlier}, ${value}`
}

const declined = Symbol('upgrade declined')
type MaybeDeclined = Request & { [declined]?: true }

/**
 * The upgrade that the request offers is not taken up. Node's parser stops behind such a request all the same, and forgets
 * what has arrived with it: nothing on its connection can be read after it.
 */
export function markDeclined(req: MaybeDeclined): void {
  req[declined] = true
}

export function isDeclined(req: MaybeDeclined): boolean {
  return req[declined] === true
}
