/**
 * Headers in the two forms they have here: one flat list (name, value, name, value …), as Node and the upstream connection
 * give them, and finished `Name: value` lines in one string, as they go over the wire. Never checks a name or a value: they
 * come from an HTTP parser or from `encode`, so they hold neither CR nor LF.
 */

/** Past the end there is nothing: a name without a value has an empty one. */
export function textAt(list: readonly string[], index: number): string {
  return list[index] ?? ''
}

/** In order, one for each line of this lower-case name. */
export function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (textAt(list, i).toLowerCase() === name) values.push(textAt(list, i + 1))
  }
  return values
}

/** The list without the headers of these lower-case names. */
export function dropNames(list: readonly string[], names: ReadonlySet<string>): string[] {
  return list.filter((_, index) => !names.has(textAt(list, index - (index % 2)).toLowerCase()))
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

/** A header line taken apart. The value is Latin-1: a character for each byte of the line. */
export type HeaderPair = readonly [name: string, value: string]

export function headerLine(name: string, value: string): string {
  return `${name}: ${value}\r\n`
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
