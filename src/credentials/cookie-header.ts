/**
 * A Cookie header as its pairs. No value is decoded here, and none is changed.
 */

/** RFC 6265 section 4.2.1: `; ` between two cookies. Old clients leave the blank out. */
function cookiePairs(header: string): readonly string[] {
  return header.split(';').map((pair) => (pair.startsWith(' ') ? pair.slice(1) : pair))
}

/** Where the pair ends that begins at `start`. */
export function endOfCookie(header: string, start: number): number {
  const end = header.indexOf(';', start)
  return end === -1 ? header.length : end
}

/** Without the blank before it. */
export function startOfCookie(header: string, start: number): number {
  return header.charCodeAt(start) === 0x20 ? start + 1 : start
}

/** The header without these cookies; undefined when no other is in it. What is dropped is not copied. */
export function dropCookies(header: string, isDropped: (name: string) => boolean): string | undefined {
  let others: string | undefined
  for (let start = 0; start <= header.length; ) {
    const end = endOfCookie(header, start)
    const from = startOfCookie(header, start)
    if (!isDropped(nameAt(header, from, end))) {
      const pair = header.slice(from, end)
      others = others === undefined ? pair : `${others}; ${pair}`
    }
    start = end + 1
  }
  return others
}

/** As services read it: blanks around a name count for nothing there. */
function nameAt(header: string, from: number, end: number): string {
  const equals = header.indexOf('=', from)
  return header.slice(from, equals === -1 || equals > end ? end : equals).trim()
}

export interface Cookie {
  readonly name: string
  readonly value: string
}

/** As most services read them: without blanks around name and value, and without quotes around the value. */
export function readCookies(header: string): readonly Cookie[] {
  return cookiePairs(header).flatMap((pair) => {
    const end = pair.indexOf('=')
    return end === -1 ? [] : [{ name: nameAt(pair, 0, end), value: unquote(pair.slice(end + 1).trim()) }]
  })
}

/** RFC 6265 section 4.1.1: the quotes are a part of the value for some, and none for others. No token has any. */
function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
