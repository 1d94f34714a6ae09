/**
 * The headers of an upstream's answer as the caller gets them: without hop-by-hop ones and those its Connection names.
 */
import { dropNames, splitList, textAt } from './lines.ts'
import { droppedFromAnswers } from './names.ts'

/** Most names of an answer have another length, and need no closer look. */
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

/** What Connection names besides its own options; a length frames the body whatever Connection says. */
function dropNominated(headers: string[], connection: string): string[] {
  if (connection === '' || connection === ',keep-alive' || connection === ',close') return headers
  const names = new Set(splitList(connection.toLowerCase()))
  names.delete('content-length')
  return dropNames(headers, names)
}
