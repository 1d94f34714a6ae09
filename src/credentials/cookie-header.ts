/**
 * A Cookie header as its pairs. No value is decoded here, and none is changed.
 */

/** RFC 6265 section 4.2.1: `; ` between two cookies. Old clients leave the blank out. */
export function cookiePairs(header: string): readonly string[] {
  return header.split(';').map((pair) => (pair.startsWith(' ') ? pair.slice(1) : pair))
}

/** As services read it: blanks around a name count for nothing there. */
function nameOfPair(pair: string): string {
  const end = pair.indexOf('=')
  return (end === -1 ? pair : pair.slice(0, end)).trim()
}

/** The header without these cookies; undefined when no other is in it. */
export function dropCookies(header: string, isDropped: (name: string) => boolean): string | undefined {
  const others = cookiePairs(header).filter((pair) => !isDropped(nameOfPair(pair)))
  return others.length === 0 ? undefined : others.join('; ')
}

export interface Cookie {
  readonly name: string
  readonly value: string
}

/** As most services read them: without blanks around name and value, and without quotes around the value. */
export function readCookies(header: string): readonly Cookie[] {
  return cookiePairs(header).flatMap((pair) => {
    const end = pair.indexOf('=')
    return end === -1 ? [] : [{ name: nameOfPair(pair), value: unquote(pair.slice(end + 1).trim()) }]
  })
}

/** RFC 6265 section 4.1.1: the quotes are a part of the value for some, and none for others. No token has any. */
function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
