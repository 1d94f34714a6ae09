/**
 * The request object of the traffic listener. Node builds an object of all headers only to read Expect, Content-Length
 * and Transfer-Encoding; the `headers` of this class hold just those. Upgrade requests keep the full object. Side effect:
 * Node never sees TE, so it never chunks an answer to HTTP/1.0.
 */
import type { IncomingHttpHeaders, IncomingMessage as Request } from 'node:http'
import type { HeadFields } from '../../headers/head-fields.ts'
import { readFields } from '../../headers/head-fields.ts'
import { IncomingMessage } from '../../node-http.ts'

export class GateRequest extends IncomingMessage {
  #fields: HeadFields | undefined

  /** Read when Node first asks for a header, and kept. */
  get fields(): HeadFields {
    this.#fields ??= readFields(this.rawHeaders)
    return this.#fields
  }
}

const whole = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers')

Object.defineProperty(GateRequest.prototype, 'headers', {
  get(this: GateRequest & { readonly upgrade?: boolean }): IncomingHttpHeaders {
    return this.upgrade ? whole?.get?.call(this) : framingHeaders(this.fields)
  },
})

const none: IncomingHttpHeaders = Object.freeze(Object.create(null))

/** With the Host check off, Node asks only whether a body comes, and whether the caller waits for `100 Continue`. */
function framingHeaders({ contentLength, transferEncoding, expect }: HeadFields): IncomingHttpHeaders {
  if (contentLength === undefined && transferEncoding === undefined && expect === undefined) return none
  const headers: IncomingHttpHeaders = Object.create(null)
  if (contentLength !== undefined) headers['content-length'] = contentLength
  if (transferEncoding !== undefined) headers['transfer-encoding'] = transferEncoding
  if (expect !== undefined) headers['expect'] = expect
  return headers
}

const declined = Symbol('upgrade declined')
type MaybeDeclined = Request & { [declined]?: true }

/**
 * Marks a request whose offer of an upgrade is declined. Node's parser stops behind it all the same and forgets the bytes that
 * arrived with it, so nothing more may be read from its connection.
 */
export function markDeclined(req: MaybeDeclined): void {
  req[declined] = true
}

export function isDeclined(req: MaybeDeclined): boolean {
  return req[declined] === true
}
