/**
 * Other requests that a request may stand for: a WebDAV server also writes to `Destination`, and some frameworks take the
 * method from a header. The gate decides them like the request itself. Never decides anything itself.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import type { RequestHead } from './request-head.ts'

export interface SecondTarget {
  /** The header that names it. */
  readonly header: 'Destination' | 'X-HTTP-Method-Override'
  readonly method: string
  readonly url: string
  /** Lower case, without port; undefined: that of the request. */
  readonly host: string | undefined
}

/** RFC 4918 section 10.3: an absolute URI or an absolute path. */
const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)(.*)$/is
const copies: ReadonlySet<string> = new Set(['COPY', 'MOVE'])

/** Each costs a decision, and who means well names one, under one or two names of the header. */
const mostMethods = 2

/**
 * Undefined: the request stands for itself alone. The name of a header: it refuses the request, because it names no place that servers
 * agree on, or too many methods.
 */
export function secondTargets(head: RequestHead): readonly SecondTarget[] | SecondTarget['header'] | undefined {
  const { destination, methodOverride } = head.fields
  if (destination === undefined && methodOverride === undefined) return undefined
  const methods = methodOverride === undefined ? [] : methodsOf(methodOverride)
  if (methods.length > mostMethods) return 'X-HTTP-Method-Override'
  const named = destination === undefined ? [] : placesOf(destination, head)
  if (named === undefined && [head.method, ...methods].some((method) => copies.has(method))) return 'Destination'
  const places = named ?? []
  const own = { url: head.url, host: undefined }
  const targets: SecondTarget[] = places.map((place) => ({ header: 'Destination', method: head.method, ...place }))
  for (const method of methods) {
    for (const place of [own, ...places]) targets.push({ header: 'X-HTTP-Method-Override', method, ...place })
  }
  return targets.length === 0 ? undefined : targets
}

function methodsOf(list: string): readonly string[] {
  return [...new Set(list.split(',').map((name) => name.trim().toUpperCase()))]
}

type Place = Pick<SecondTarget, 'url' | 'host'>

/** For the host of the request too: many servers look at nothing but the path. */
function placesOf(destination: string, { fields }: { readonly fields: HeadFields }): readonly Place[] | undefined {
  if (fields.repeated?.has('destination')) return undefined
  if (destination.startsWith('/')) {
    const [, path] = /^\/\/[^/]*(\/.*)$/s.exec(destination) ?? []
    return [destination, ...(path === undefined ? [] : [path])].map((url) => ({ url, host: undefined }))
  }
  const [, authority, rest = ''] = absolute.exec(destination) ?? []
  if (authority === undefined) return undefined
  const url = rest.startsWith('/') ? rest : `/${rest}`
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  return [
    { url, host: undefined },
    { url, host },
  ]
}
