/**
 * Translates path patterns of other routers to cogate's own. The translation may match more paths than the pattern,
 * never fewer: a demand would not hold for a path that is left out.
 */

export interface OwnPath {
  readonly write: string
  /**
   * `write` matches more paths than the pattern: right for a demand, unsafe for a rule that lets anonymous callers in.
   */
  readonly isWider: boolean
}

/** The rest of the path, in Spring, ASP.NET, Go, Envoy, API Gateway, Rails, Flask, Next.js and Express. */
const CATCH_ALL = [
  /^\*\*$/,
  /^(?:\(\.[*+]\)|\.[*+]|\.\.\.)$/,
  /^\{\*{1,2}\w*(?::.*)?\}$/,
  /^\{\w+(?:=\*\*|\+|\.\.\.|:\.[*+])\}$/,
  /^<path:\w+>$/,
  /^\[?\[\.\.\.\w+\]\]?$/,
  /^:\w+(?:\*|\+|\(\.[*+]\))$/,
  /^\*{1,2}\w+$/,
]

/** Parameters that may be missing: the path without the segment is meant, too. */
const OPTIONAL = [/^\{\w+\?\}$/, /^:\w+\?$/, /^\[\[\w+\]\]$/]

/** Parameters that stand for any one segment. */
const PARAMETER = [/^\{(\w+)(?:=\*)?\}$/, /^<(\w+)>$/, /^\[(\w+)\]$/]

/** Parameters that stand for one segment of a certain form. The form is ignored. */
const NARROWED = [/^\{(\w+)[:=?].*\}$/, /^<\w+(?:\(.*\))?:(\w+)>$/, /^:(\w+)[({<].*$/]

/** Characters of patterns, none of which may stand in a literal. */
const META = /[{}<>[\]()]|\*./

/** Undefined when no part of the path is a pattern of another router. */
export function readForeignPath(path: string): OwnPath | undefined {
  const regex = /^[~^][*\s^]*(\/.*?)(?:\.\*)?\$?$/s.exec(path)?.[1]
  if (regex !== undefined) return { write: `${regex.replace(/\/+$/, '')}/*`, isWider: true }
  const own: string[] = []
  let isForeign = false
  let isWider = false
  const segments = splitOutsideBrackets(path)
  for (const [index, segment] of segments.entries()) {
    const reading = readSegment(segment)
    own.push(reading?.segment ?? segment)
    isForeign ||= reading !== undefined
    isWider ||= reading?.isWider === true
    if (reading?.segment !== '*') continue
    const isLast = index === segments.length - 1
    return { write: own.join('/'), isWider: isWider || !isLast }
  }
  return isForeign ? { write: own.join('/'), isWider } : undefined
}

/** Splits at every `/` outside brackets: `{id:[^/]+}` is one segment. */
function splitOutsideBrackets(path: string): readonly string[] {
  const text = path.replaceAll(/%(?:7[BD]|3[CE]|5[BD])/gi, decodeURIComponent)
  const segments: string[] = []
  let start = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if ('{[(<'.includes(character)) depth++
    else if ('}])>'.includes(character)) depth = Math.max(0, depth - 1)
    else if (character === '/' && depth === 0) {
      segments.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...segments, text.slice(start)]
}

function readSegment(text: string): { readonly segment: string; readonly isWider: boolean } | undefined {
  if (CATCH_ALL.some((form) => form.test(text))) return { segment: '*', isWider: false }
  if (OPTIONAL.some((form) => form.test(text))) return { segment: '*', isWider: true }
  const parameter = firstName(PARAMETER, text)
  if (parameter !== undefined) return { segment: parameter, isWider: false }
  // What the brackets stand for may hold a slash, so one segment would match too little.
  if (/[{}<>[\]()].*\//s.test(text)) return { segment: '*', isWider: true }
  const narrowed = firstName(NARROWED, text)
  if (narrowed !== undefined) return { segment: narrowed, isWider: true }
  return META.test(text) ? { segment: ':name', isWider: true } : undefined
}

function firstName(forms: readonly RegExp[], text: string): string | undefined {
  for (const form of forms) {
    const name = form.exec(text)?.[1]
    if (name !== undefined) return `:${name.replace(/^\d+/, '') || 'name'}`
  }
  return undefined
}
