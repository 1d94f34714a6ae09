/**
 * The two forms of headers: a flat list (name, value, name, value …), as Node and the upstream connection give them,
 * and one string of `Name: value` lines with their CRLF, as they are sent. Nothing here checks for CR and LF: names and
 * values must come from the HTTP parser or from `encode.ts`, which let neither through.
 */

/** Empty beyond the end of the list: a name without a value has an empty one. */
export function textAt(list: readonly string[], index: number): string {
  return list[index] ?? ''
}

/** One value for each line with this name, in order. `name` is in lower case. */
export function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    const other = textAt(list, i)
    if (other.length === name.length && other.toLowerCase() === name) values.push(textAt(list, i + 1))
  }
  return values
}

/** The list without the headers that `isDropped` names. */
export function dropHeaders(list: readonly string[], isDropped: (name: string, value: string) => boolean): string[] {
  const kept: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (!isDropped(textAt(list, i), textAt(list, i + 1))) kept.push(...list.slice(i, i + 2))
  }
  return kept
}

/** The list without the headers of these names, which are in lower case. */
export function dropNames(list: readonly string[], names: ReadonlySet<string>): string[] {
  return dropHeaders(list, (name) => names.has(name.toLowerCase()))
}

/** The items of a list (RFC 9110 section 5.6.1). */
export function splitList(value: string): string[] {
  return value.split(',').map((item) => trimBlanks(item))
}

/** Removes only spaces and tabs. `trim` would also remove U+00A0, which is part of the value in Latin-1. */
export function trimBlanks(text: string, from = 0, to = text.length): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** The name and the value of one line. The value is Latin-1: it has a character for each byte that is sent. */
export type HeaderPair = readonly [name: string, value: string]

export function headerLine(name: string, value: string): string {
  return `${name}: ${value}\r\n`
}

/** RFC 9110 section 5.6.4. The text must be visible ASCII. */
export function quotedString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** In the order of the lines; a name that occurs twice is there twice. */
export function readLines(lines: string): readonly HeaderPair[] {
  return lines
    .split('\r\n')
    .slice(0, -1)
    .map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })
}
