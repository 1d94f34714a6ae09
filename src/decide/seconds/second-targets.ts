/**
 * Other requests that a request may stand for: a WebDAV server also writes to `Destination`, and some frameworks take the
 * method or the path from a header. The gate decides them like the request itself. Never decides anything itself.
 */

import type { TrustCheck } from '../../headers/forwarded.ts'
import type { HeadFields } from '../../headers/head-fields.ts'
import type { RequestHead } from '../request-head.ts'
import type { Rewrite } from '../route.ts'
import type { Place, SecondTarget, SecondTargets } from './places.ts'
import { mostTargets, placesAt } from './places.ts'
import { otherPaths } from './proxy-paths.ts'

const copies: ReadonlySet<string> = new Set(['COPY', 'MOVE'])

/**
 * Undefined: the request stands for itself alone. The name of a header: it refuses the request, because it names no place that servers
 * agree on, or too many methods or places.
 */
export function secondTargets(head: RequestHead, isTrusted: TrustCheck, rewrite?: Rewrite): SecondTargets {
  const { methodOverride, otherUrl, prefix } = head.fields
  const named = methodOverride === undefined && !placeHeader(head.fields) ? undefined : namedTargets(head)
  if (otherUrl === undefined && prefix === undefined) return named
  // Of anybody else these headers never reach the service.
  if (typeof named === 'string' || !isTrusted(head.address ?? '')) return named
  const other = otherPaths(head, rewrite)
  if (typeof other === 'string' || named === undefined) return other
  return other === undefined ? named : [...named, ...other]
}

/** The header in which the caller names another place of the service. */
export function placeHeader({ destination, copySource }: HeadFields): SecondTarget['header'] | undefined {
  if (destination !== undefined) return 'Destination'
  return copySource === undefined ? undefined : 'X-Amz-Copy-Source'
}

function namedTargets(head: RequestHead): SecondTargets {
  const { destination, methodOverride } = head.fields
  const methods = methodOverride === undefined ? [] : methodsOf(methodOverride)
  if (methods.length > mostTargets) return 'X-HTTP-Method-Override'
  const named = destination === undefined ? [] : placesOf(destination, head)
  if (named === undefined && [head.method, ...methods].some((method) => copies.has(method))) return 'Destination'
  const places = named ?? []
  const own = { url: head.url, host: undefined }
  const targets: SecondTarget[] = places.map((place) => ({ header: 'Destination', method: head.method, ...place }))
  for (const method of methods) {
    for (const place of [own, ...places]) targets.push({ header: 'X-HTTP-Method-Override', method, ...place })
  }
  const sources = sourcesOf(head)
  if (sources === undefined) return 'X-Amz-Copy-Source'
  targets.push(...sources)
  return targets.length === 0 ? undefined : targets
}

function methodsOf(list: string): readonly string[] {
  return [...new Set(list.split(',').map((name) => name.trim().toUpperCase()))]
}

function placesOf(destination: string, { fields }: { readonly fields: HeadFields }): readonly Place[] | undefined {
  return fields.repeated?.has('destination') ? undefined : placesAt(destination)
}

/** Object stores copy from there, so it is read: a bucket and a key, or an absolute URI. Undefined: it is named twice. */
function sourcesOf({ fields: { copySource, repeated } }: RequestHead): readonly SecondTarget[] | undefined {
  if (copySource === undefined) return []
  if (repeated?.has('copySource')) return undefined
  const places = placesAt(copySource) ?? [{ url: `/${copySource}`, host: undefined }]
  return places.map((place) => ({ header: 'X-Amz-Copy-Source', method: 'GET', ...place }))
}
