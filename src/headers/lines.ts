/**
 * Headers as they go over the wire: `Name: value` lines, each with its CRLF, in one string. Names and values hold neither
 * CR nor LF: they come from the HTTP parser or from `encode`.
 */

export function headerLine(name: string, value: string): string {
  return `${name}: ${value}\r\n`
}

/** Back to names and values. */
export function readLines(lines: string): readonly (readonly [name: string, value: string])[] {
  return lines
    .split('\r\n')
    .slice(0, -1)
    .map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })
}
