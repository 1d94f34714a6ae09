/**
 * The headers of an upstream's answer as the caller gets them. Hop-by-hop headers and those that Connection names must
 * not pass.
 */
import { dropNames, splitList, textAt } from './lines.ts'
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
