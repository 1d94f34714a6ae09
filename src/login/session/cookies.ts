/**
 * The gate's own cookies: their names, their attributes, how they are found in a Cookie header and how they are taken out of
 * it. Names are compared byte for byte and never trimmed, because a browser and a server may trim differently.
 */
import { dropCookies, endOfCookie, startOfCookie } from '../../credentials/cookie-header.ts'

/** At most this many characters in one cookie value: a browser keeps 4,096 of name, value and attributes. */
const chunkLength = 3800
const maxChunks = 4
/** One cookie may come several times (another path, a sibling domain). More than this are not looked at. */
const maxDuplicates = 3

export interface CookieNames {
  readonly session: string
  /** Of the further chunks of a session: `<session>.1` and so on. */
  readonly chunks: readonly string[]
  /** Binds a sign-in to the browser that began it. */
  readonly binding: string
  /** All of these. */
  readonly own: ReadonlySet<string>
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
  const binding = `${name}-b`
  const chunks = Array.from({ length: maxChunks - 1 }, (_, index) => `${name}.${index + 1}`)
  const site = sameSite === 'none' && secure ? 'SameSite=None' : 'SameSite=Lax'
  return {
    names: { session: name, chunks, binding, own: new Set([name, ...chunks, binding]) },
    attributes: `; Path=/; HttpOnly${secure ? '; Secure' : ''}; ${site}`,
  }
}

/** Every value of the cookie, in the order of the header. */
export function cookieValues(header: string, name: string): readonly string[] {
  const values: string[] = []
  for (let start = 0; start < header.length && values.length < maxDuplicates; ) {
    const end = endOfCookie(header, start)
    const from = startOfCookie(header, start)
    const equals = from + name.length
    if (header.charCodeAt(equals) === 0x3d && header.startsWith(name, from)) values.push(header.slice(equals + 1, end))
    start = end + 1
  }
  return values
}

/** The header without our cookies; undefined when no other is in it. A browser sends some kilobytes of ours: they are not copied. */
export function stripCookies(header: string, { session, own }: CookieNames): string | undefined {
  return header.includes(session) ? dropCookies(header, (name) => own.has(name)) : header
}

/**
 * Whether a line of Set-Cookie is about one of our cookies. A browser trims the name, and sends a cookie without a name as its
 * value alone, which may be read as name and value.
 */
export function setsOwnCookie(line: string, { own }: Pick<CookieNames, 'own'>): boolean {
  const pair = line.slice(0, endOfCookie(line, 0)).replace(/^[\s=]+/, '')
  const equals = pair.indexOf('=')
  return own.has((equals === -1 ? pair : pair.slice(0, equals)).trim())
}

/**
 * The texts that the chunks of the session cookie may make, the likeliest first: a browser may send leftovers, and one
 * name more than once. Each text holds the number of its chunks, so a leftover is never joined to it.
 */
export function sessionTexts(header: string, { session, chunks }: CookieNames): readonly string[] {
  const values = cookieValues(header, session)
  // Nearly every request is like this, and what follows would make arrays for it.
  if (values.length === 1 && values[0]?.startsWith('1~')) return values
  return values.flatMap((first) => {
    const count = first.charCodeAt(1) === 0x7e ? first.charCodeAt(0) - 0x30 : 0
    if (count < 1 || count > maxChunks) return []
    if (count === 1) return first
    const rest = chunks.slice(0, count - 1).map((name) => cookieValues(header, name))
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

/** The same text with memory of its own: V8 keeps the whole Cookie header alive through a part of it. */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The sealed text of one that `sessionTexts` has found. */
export function sealedPart(text: string): string {
  return text.slice(2)
}

/** What the seal is bound to: a cookie of another name, or of another number of chunks, does not open. */
export function sealContext(text: string, { session }: Pick<CookieNames, 'session'>): string {
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
  const all = [names.session, ...names.chunks]
  const set = chunks.map((chunk, index) => setCookie(all[index] ?? names.session, chunk, attributes, maxAgeMs))
  const stale = all.slice(chunks.length).filter((name) => cookieValues(header, name).length > 0)
  return [...set, ...stale.map((name) => setCookie(name, '', attributes, 0))]
}

/** The lines do nothing but end a session. */
export function isClearing(lines: readonly string[]): boolean {
  return lines.every((line) => line.endsWith('; Max-Age=0'))
}

/** The lines that end the session: for the cookies that came, and the first in any case. */
export function clearSession({ names, attributes }: CookieStyle, header = ''): readonly string[] {
  const rest = names.chunks.filter((name) => cookieValues(header, name).length > 0)
  return [names.session, ...rest].map((name) => setCookie(name, '', attributes, 0))
}
