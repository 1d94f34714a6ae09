/**
 * Other paths that headers of a trusted proxy may stand for. What it passes on may be what its callers sent: PHP frameworks made for IIS
 * take the whole target from a header, and WSGI programs below a prefix take the prefix from the path.
 */
import type { HeadFields } from '../../headers/head-fields.ts'
import { splitList, textAt } from '../../headers/lines.ts'
import { isPlain, nothingAllowed, writeExactly } from '../path.ts'
import { readingsOf } from '../readings/readings.ts'
import type { RequestHead } from '../request-head.ts'
import type { Rewrite } from '../route.ts'
import { callersPath, canRewrite, rewriteTarget } from '../route.ts'
import type { Place, SecondTarget, SecondTargets } from './places.ts'
import { mostTargets, placesAt } from './places.ts'

const urlNames: ReadonlySet<string> = new Set(['x-original-url', 'x-rewrite-url'])
const prefixNames: ReadonlySet<string> = new Set(['x-forwarded-prefix', 'x-script-name'])

/** `rewrite` is the one of the request's own rule. */
export function otherPaths({ method, url, fields }: RequestHead, rewrite: Rewrite | undefined): SecondTargets {
  const urls = valuesOf(fields, 'otherUrl', urlNames).filter((value) => value !== url)
  const places = urls.length > mostTargets ? undefined : allOf(urls.map((value) => placesBehind(value, rewrite)))
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
    const readings = spelledReadings(rest)
    if (readings === undefined || rests.length > mostTargets) return undefined
    for (const reading of readings) known.add(reading)
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
