/**
 * The headers of an upstream's answer as the caller gets them. Hop-by-hop headers and those that Connection names must
 * not pass.
 */
import { dropHeaders, dropNames, splitList, textAt, valuesOf } from './lines.ts'
import { droppedFromAnswers } from './names.ts'

/** The lengths of the names that are looked for: most names have another length and need no comparison. */
const lengthsOfInterest: ReadonlySet<number> = new Set(
  [...droppedFromAnswers, 'content-length'].map(({ length }) => length),
)

/** Name, value, name, value …, our X-Request-Id last. A 101 or 204 has no Content-Length (RFC 9110 section 8.6). */
export function callerHeaders(headers: readonly string[], status: number, requestId: string): string[] {
  const kept: string[] = []
  const hasLength = status !== 204 && status !== 101
  let connection = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = textAt(headers, i)
    const value = textAt(headers, i + 1)
    const lower = lengthsOfInterest.has(name.length) ? name.toLowerCase() : ''
    if (lower === 'connection') connection += `,${value}`
    if (!droppedFromAnswers.has(lower) && (hasLength || lower !== 'content-length')) kept.push(name, value)
  }
  const passed = dropNominated(kept, connection)
  passed.push('X-Request-Id', requestId)
  return passed
}

/** Drops the headers that Connection names. Content-Length stays: it frames the body whatever Connection says. */
function dropNominated(headers: string[], connection: string): string[] {
  if (connection === '' || connection === ',keep-alive' || connection === ',close') return headers
  const names = new Set(splitList(connection.toLowerCase()))
  names.delete('content-length')
  return dropNames(headers, names)
}

/** The headers without the cookies whose Set-Cookie line is one of `isOwn`: no service sets or ends what is the gate's. */
export function dropSetCookies(headers: string[], isOwn: (line: string) => boolean): string[] {
  const isDropped = (name: string, line: string) => isSetCookie(name) && isOwn(line)
  for (let i = 0; i < headers.length; i += 2) {
    if (isDropped(textAt(headers, i), textAt(headers, i + 1))) return dropHeaders(headers, isDropped)
  }
  return headers
}

function isSetCookie(name: string): boolean {
  return name.length === 'set-cookie'.length && name.toLowerCase() === 'set-cookie'
}

/**
 * The headers of an answer to somebody who is signed in. A cookie does not keep shared caches off as Authorization does
 * (RFC 9111 section 3.5), so an answer that says nothing of caches is private, and a page is stored nowhere, so that nobody sees
 * it after the sign-out. What sets a cookie of ours is for this browser alone (section 7.3).
 */
export function personalHeaders(headers: string[], cookies: readonly string[] | undefined): string[] {
  const named = valuesOf(headers, 'cache-control')
  const isPage = /^text\/html\b/i.test(valuesOf(headers, 'content-type').at(0) ?? '')
  const kept = cookies === undefined ? headers : dropHeaders(headers, (name) => cacheName.test(name))
  if (named.length === 0) kept.push('Cache-Control', isPage ? 'private, no-store' : 'private')
  else if (cookies !== undefined) kept.push('Cache-Control', makePrivate(named))
  for (const cookie of cookies ?? []) kept.push('Set-Cookie', cookie)
  return kept
}

/** What tells caches to store an answer, those of content networks too: each of them has a name of its own (RFC 9213). */
const cacheName = /^(?:(?:.+-)?cache-control|surrogate-control|edge-control|x-accel-expires|expires)$/i

function makePrivate(values: readonly string[]): string {
  const directives = values.flatMap((value) => splitList(value))
  const kept = directives.filter(
    (directive) => directive !== '' && !/^(?:public|private|s-maxage\b.*)$/i.test(directive),
  )
  return ['private', ...kept].join(', ')
}
