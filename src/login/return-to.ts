/**
 * Where a browser goes after its sign-in: a path of the public origin and nothing else. Whatever could lead to another host,
 * in any reading, becomes `/`.
 */
import { readPath } from '../decide/path.ts'

const maxLength = 1024
/** A path in visible ASCII whose second character cannot begin a host, and no backslash anywhere. */
const shape = /^\/(?![/\\])[!-[\]-~]*$/
/** Escapes that some service decodes before it redirects: control characters, slash, backslash. */
const escapes = /%(?:[01][0-9a-f]|2f|5c|7f)/i

export interface ReturnToRules {
  /** The public origin, without a slash at its end. */
  readonly origin: string
  readonly prefix: string
  /** Paths of the service's own sign-out: whoever came there would be signed out at once. */
  readonly signOutPaths?: readonly string[]
}

/**
 * A path with its query. Never decoded: what was checked is what is sent. One that is longer than the way to Cognito and back can
 * carry for sure is without its query.
 */
export function safeReturnTo(whole: string | undefined, { origin, prefix, signOutPaths }: ReturnToRules): string {
  const value = whole !== undefined && whole.length > maxLength ? whole.split(/[?#]/, 1)[0] : whole
  if (value === undefined || value.length > maxLength || !shape.test(value)) return '/'
  const path = value.split(/[?#]/, 1)[0] ?? '/'
  if (path.includes('//') || escapes.test(path) || signOutPaths?.includes(path)) return '/'
  const read = readPath(path)
  if (typeof read === 'string' || hasDotSegment(read.folded)) return '/'
  if (read.folded === prefix || read.folded.startsWith(`${prefix}/`)) return '/'
  return URL.canParse(value, origin) && new URL(value, origin).origin === origin ? value : '/'
}

function hasDotSegment(path: string): boolean {
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(path)
}
