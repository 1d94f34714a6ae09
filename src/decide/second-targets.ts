/**
 * Other requests that a request may stand for: a WebDAV server also writes to `Destination`, and some frameworks take the
 * method or the path from a header. The gate decides them like the request itself. Never decides anything itself.
 */

import type { PathForm } from '../config/config.ts'
import type { TrustCheck } from '../headers/forwarded.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { splitList, textAt } from '../headers/lines.ts'
import { isPlain, writeExactly } from './path.ts'
import { readingsOf } from './readings/readings.ts'
import type { RequestHead } from './request-head.ts'
import type { Rewrite } from './route.ts'
import { callersPath, canRewrite, rewriteTarget } from './route.ts'

export interface SecondTarget {
  /** The header that names it, or the one that is better known. */
  readonly header:
    | 'Destination'
    | 'X-HTTP-Method-Override'
    | 'X-Amz-Copy-Source'
    | 'X-Original-URL'
    | 'X-Forwarded-Prefix'
  readonly method: string
  readonly url: string
  /** Lower case, without port; undefined: that of the request. */
  readonly host: string | undefined
}

/** RFC 4918 section 10.3: an absolute URI or an absolute path. */
const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)(.*)$/is
const copies: ReadonlySet<string> = new Set(['COPY', 'MOVE'])

/** Each costs a decision, and who means well names one, under one or two names of the header. */
const most = 2

type SecondTargets = readonly SecondTarget[] | SecondTarget['header'] | undefined

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
  if (methods.length > most) return 'X-HTTP-Method-Override'
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

type Place = Pick<SecondTarget, 'url' | 'host'>

function placesOf(destination: string, { fields }: { readonly fields: HeadFields }): readonly Place[] | undefined {
  return fields.repeated?.has('destination') ? undefined : placesAt(destination)
}

/** For the host of the request too: many servers look at nothing but the path. */
function placesAt(address: string): readonly Place[] | undefined {
  if (address.startsWith('/')) {
    const [, path] = /^\/\/[^/]*(\/.*)$/s.exec(address) ?? []
    return [address, ...(path === undefined ? [] : [path])].map((url) => ({ url, host: undefined }))
  }
  const [, authority, rest = ''] = absolute.exec(address) ?? []
  if (authority === undefined) return undefined
  const url = rest.startsWith('/') ? rest : `/${rest}`
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  return [
    { url, host: undefined },
    { url, host },
  ]
}

/** Object stores copy from there, so it is read: a bucket and a key, or an absolute URI. Undefined: it is named twice. */
function sourcesOf({ fields: { copySource, repeated } }: RequestHead): readonly SecondTarget[] | undefined {
  if (copySource === undefined) return []
  if (repeated?.has('copySource')) return undefined
  const places = placesAt(copySource) ?? [{ url: `/${copySource}`, host: undefined }]
  return places.map((place) => ({ header: 'X-Amz-Copy-Source', method: 'GET', ...place }))
}

const urlNames: ReadonlySet<string> = new Set(['x-original-url', 'x-rewrite-url'])
const prefixNames: ReadonlySet<string> = new Set(['x-forwarded-prefix', 'x-script-name'])

/**
 * What a trusted proxy passes on may be what its callers sent. PHP frameworks made for IIS take the whole target from a header, and WSGI
 * programs below a prefix take the prefix from the path.
 */
function otherPaths({ method, url, fields }: RequestHead, rewrite: Rewrite | undefined): SecondTargets {
  const urls = valuesOf(fields, 'otherUrl', urlNames).filter((value) => value !== url)
  const places = urls.length > most ? undefined : allOf(urls.map((value) => placesBehind(value, rewrite)))
  if (places === undefined) return 'X-Original-URL'
  const seen = rewrite && canRewrite(rewrite, url) ? rewriteTarget(rewrite, url) : url
  const rests = restsBehind(seen, valuesOf(fields, 'prefix', prefixNames).flatMap(splitList))
  const paths = rests && allOf(rests.map((rest) => pathsOf(rest, rewrite)))
  if (paths === undefined) return 'X-Forwarded-Prefix'
  const targets = [
    ...places.map((place): SecondTarget => ({ header: 'X-Original-URL', method, ...place })),
    ...paths.map((path): SecondTarget => ({ header: 'X-Forwarded-Prefix', method, url: path, host: undefined })),
  ]
  return targets.length === 0 ? undefined : targets
}

/** Undefined: one of the lists is. */
function allOf<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  const known = lists.filter((list) => list !== undefined)
  return known.length === lists.length ? known.flat() : undefined
}

/** As callers name it, and as the service does, which may have another path than the one that came. */
function placesBehind(value: string, rewrite: Rewrite | undefined): readonly Place[] | undefined {
  const places = placesAt(value)
  if (places === undefined || rewrite === undefined) return places
  const inner = places.map(({ url, host }) => pathsOf(url, rewrite)?.map((path) => ({ url: path, host })))
  return allOf([places, ...inner])
}

/** The path by which callers reach this one of the service. Undefined: none of them can. */
function pathsOf(url: string, rewrite: Rewrite | undefined): readonly string[] | undefined {
  if (rewrite === undefined) return [url]
  const [path = ''] = url.split('?', 1)
  const outer = callersPath(rewrite, path)
  return outer === undefined ? undefined : [outer]
}

/** Without empty ones: they say nothing. A URL may hold the comma by which values of several lines are joined. */
function valuesOf(fields: HeadFields, name: 'otherUrl' | 'prefix', spellings: ReadonlySet<string>): readonly string[] {
  const { lines, repeated, [name]: value = '' } = fields
  if (!repeated?.has(name)) return value === '' ? [] : [value]
  const values = lines.filter((_, at) => at % 2 === 1 && spellings.has(textAt(lines, at - 1).toLowerCase()))
  return [...new Set(values)].filter((each) => each !== '')
}

/**
 * The path behind the prefixes, in whichever reading has them: WSGI takes them from a path that is decoded, and often resolved. What is
 * a reading of another one is decided with that. Undefined: there are too many.
 */
function restsBehind(url: string, prefixes: readonly string[]): readonly string[] | undefined {
  const starts = prefixes.filter((prefix) => prefix !== '').flatMap(spellingsOf)
  if (starts.length === 0) return []
  const [path = ''] = url.split('?', 1)
  const spelled = spelledReadings(path)
  const known = new Set([path])
  const rests: string[] = []
  for (const rest of (spelled ?? []).flatMap((text) => restsOf(text, starts))) {
    if (known.has(rest)) continue
    rests.push(rest)
    if (rests.length > most) return undefined
    for (const reading of spelledReadings(rest) ?? []) known.add(reading)
  }
  return spelled && rests
}

function restsOf(text: string, starts: readonly string[]): readonly string[] {
  const rests = starts.filter((start) => text.startsWith(start)).map((start) => text.slice(start.length))
  return rests.map((rest) => (rest.startsWith('/') ? rest : `/${rest}`))
}

/** Of letters beyond ASCII a header has the bytes. */
function spellingsOf(prefix: string): readonly string[] {
  return [...new Set([prefix, Buffer.from(prefix, 'latin1').toString()])].map(writeExactly)
}

/** As rules write their literals. */
function spelledReadings(path: string): readonly string[] | undefined {
  if (isPlain(path)) return [path]
  return readingsOf(path, nothingAllowed)?.map(({ text, isDecoded }) =>
    writeExactly(isDecoded ? text.replaceAll('%', '%25') : text),
  )
}

const nothingAllowed: ReadonlySet<PathForm> = new Set()
