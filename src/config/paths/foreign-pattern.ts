/**
 * Parameters and wildcards as other routers spell them, and the path that says the same here. It may match more than what
 * was written, never less: a demand would be lost for what it leaves out.
 */

export interface OwnPath {
  readonly write: string
  /** It matches more than what was written: right for a demand, too much for a rule that lets people in. */
  readonly isWider: boolean
}

/** The rest of the path: Spring, ASP.NET, Go, Envoy, API Gateway, Rails, Flask, Next.js, Express. */
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

/** A parameter that may be missing: the path without it is meant too. */
const OPTIONAL = [/^\{\w+\?\}$/, /^:\w+\?$/, /^\[\[\w+\]\]$/]

/** One segment, whatever it is. */
const PARAMETER = [/^\{(\w+)(?:=\*)?\}$/, /^<(\w+)>$/, /^\[(\w+)\]$/]

/** One segment of a certain form. Forms are not looked at here. */
const NARROWED = [/^\{(\w+)[:=?].*\}$/, /^<\w+(?:\(.*\))?:(\w+)>$/, /^:(\w+)[({<].*$/]

/** Parts of patterns; none of them may stand in a literal. */
const META = /[{}<>[\]()]|\*./

/** Undefined: nothing of the path is a pattern of another router. */
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

/** `{id:[^/]+}` is one segment. */
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
  // Where the form or the part may hold a slash, one segment would be too few.
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
