/**
 * Headers as they go over the wire: `Name: value` lines, each with its CRLF, in one string. Names and values hold neither
 * CR nor LF: they come from the HTTP parser or from `encode`.
 */

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
