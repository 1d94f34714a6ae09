/** Percent-decoding of bytes that may be no UTF-8. Nothing else may decode a path. */

const tail = '%[89ab][0-9a-f]'
const two = `(?:%c[2-9a-f]|%d[0-9a-f])${tail}`
const three = `(?:%e0%[ab][0-9a-f]|%e[1-9a-cef]${tail}|%ed%[89][0-9a-f])${tail}`
const four = `(?:%f0%[9ab][0-9a-f]|%f[1-3]${tail}|%f4%8[0-9a-f])${tail}${tail}`
/** Characters of RFC 3629 section 4, or one byte that is none. Without exceptions: one for each such byte would cost most of a path. */
const escapes = new RegExp(`(?:%[0-7][0-9a-f]|${two}|${three}|${four})+|(%[89a-f][0-9a-f])`, 'gi')

/** Percent-decoding once. Bytes that are not UTF-8 are read as Latin-1, as the servers do that take them at all. */
export function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text
  return text.replaceAll(escapes, (run: string, invalid: string | undefined) =>
    invalid === undefined ? decodeURIComponent(run) : String.fromCharCode(Number.parseInt(run.slice(1), 16)),
  )
}

/** Without the escaped bytes that are no UTF-8. All others stay escaped. */
export function dropInvalidEscapes(text: string): string {
  if (!/%[89a-f]/i.test(text)) return text
  return text.replaceAll(escapes, (run: string, invalid: string | undefined) => (invalid === undefined ? run : ''))
}
