/**
 * The gate's own cookies: their names, their attributes, how they are found in a Cookie header and how they are taken out of
 * it. Names are compared byte for byte and never trimmed, because a browser and a server may trim differently.
 */
import { cookiePairs, dropCookies } from '../../credentials/cookie-header.ts'

/** At most this many characters in one cookie value: a browser keeps 4,096 of name, value and attributes. */
const chunkLength = 3800
const maxChunks = 4
/** One cookie may come several times (another path, a sibling domain). More than this are not looked at. */
const maxDuplicates = 3

export interface CookieNames {
  /** Of the session; further chunks are `<session>.1` and so on. */
  readonly session: string
  /** Binds a sign-in to the browser that began it. */
  readonly binding: string
}

export interface CookieStyle {
  readonly names: CookieNames
  /** The attributes behind name and value. */
  readonly attributes: string
}

export interface CookieOptions {
  readonly cookieName: string
  readonly sameSite: 'lax' | 'none'
  /** The public origin is https. */
  readonly secure: boolean
}

/** `__Host-`: this host alone, over https alone, for all its paths (RFC 6265bis section 4.1.3.2). */
export function compileCookies({ cookieName, sameSite, secure }: CookieOptions): CookieStyle {
  const name = secure ? `__Host-${cookieName}` : cookieName
  const site = sameSite === 'none' && secure ? 'SameSite=None' : 'SameSite=Lax'
  return {
    names: { session: name, binding: `${name}-b` },
    attributes: `; Path=/; HttpOnly${secure ? '; Secure' : ''}; ${site}`,
  }
}

/** Every value of the cookie, in the order of the header. */
export function cookieValues(header: string, name: string): readonly string[] {
  return cookiePairs(header)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .slice(0, maxDuplicates)
}

/** The header without our cookies; undefined when no other is in it. */
export function stripCookies(header: string, { session, binding }: CookieNames): string | undefined {
  if (!header.includes(session)) return header
  const own = new Set([session, binding, ...chunkNames(session)])
  return dropCookies(header, (name) => own.has(name))
}

function chunkNames(session: string): readonly string[] {
  return Array.from({ length: maxChunks - 1 }, (_, index) => `${session}.${index + 1}`)
}

/**
 * The texts that the chunks of the session cookie may make, the likeliest first: a browser may send leftovers, and one
 * name more than once. Each text holds the number of its chunks, so a leftover is never joined to it.
 */
export function sessionTexts(header: string, { session }: CookieNames): readonly string[] {
  return cookieValues(header, session).flatMap((first) => {
    const count = Number(/^([1-9])~/.exec(first)?.[1])
    if (!(count <= maxChunks)) return []
    const rest = chunkNames(session)
      .slice(0, count - 1)
      .map((name) => cookieValues(header, name))
    return joinChunks([first], rest)
  })
}

/** Each chunk may have come more than once. */
function joinChunks(starts: readonly string[], [chunk, ...rest]: readonly (readonly string[])[]): readonly string[] {
  if (chunk === undefined) return starts
  const longer = starts.flatMap((start) => chunk.map((next) => start + next)).slice(0, maxDuplicates)
  return joinChunks(longer, rest)
}

/** The number of chunks and the sealed text; undefined for more chunks than browsers and servers take. */
export function splitSession(sealed: string): readonly string[] | undefined {
  const count = Math.ceil((sealed.length + 2) / chunkLength)
  if (count > maxChunks) return undefined
  const text = `${count}~${sealed}`
  return Array.from({ length: count }, (_, index) => text.slice(index * chunkLength, (index + 1) * chunkLength))
}

/** The sealed text of one that `sessionTexts` has found. */
export function sealedPart(text: string): string {
  return text.slice(2)
}

/** What the seal is bound to: a cookie of another name, or of another number of chunks, does not open. */
export function sealContext(text: string, { session }: CookieNames): string {
  return `${session} ${text.charAt(0)}`
}

export function setCookie(name: string, value: string, attributes: string, maxAgeMs: number | undefined): string {
  const age = maxAgeMs === undefined ? '' : `; Max-Age=${Math.max(0, Math.ceil(maxAgeMs / 1000))}`
  return `${name}=${value}${attributes}${age}`
}

/** The lines that set the chunks, and take away those that the browser may have of a longer session. */
export function setSession(
  { names, attributes }: CookieStyle,
  chunks: readonly string[],
  { maxAgeMs, header = '' }: { readonly maxAgeMs: number | undefined; readonly header?: string | undefined },
): readonly string[] {
  const all = [names.session, ...chunkNames(names.session)]
  const set = chunks.map((chunk, index) => setCookie(all[index] ?? names.session, chunk, attributes, maxAgeMs))
  const stale = all.slice(chunks.length).filter((name) => cookieValues(header, name).length > 0)
  return [...set, ...stale.map((name) => setCookie(name, '', attributes, 0))]
}

/** The lines that end the session: for the cookies that came, and the first in any case. */
export function clearSession({ names, attributes }: CookieStyle, header = ''): readonly string[] {
  const rest = chunkNames(names.session).filter((name) => cookieValues(header, name).length > 0)
  return [names.session, ...rest].map((name) => setCookie(name, '', attributes, 0))
}
