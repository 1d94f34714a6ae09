/** Percent-decoding of bytes that may be no UTF-8. Nothing else may decode a path. */

const run = /(?:%[0-9a-f]{2})+/gi
/** One character of RFC 3629 section 4 that has several bytes, or one byte. */
const character = compileCharacter()

function compileCharacter(): RegExp {
  const tail = '%[89ab][0-9a-f]'
  const three = `%e0%[ab][0-9a-f]|%e[1-9a-cef]${tail}|%ed%[89][0-9a-f]`
  const four = `(?:%f0%[9ab][0-9a-f]|%f[1-3]${tail}|%f4%8[0-9a-f])${tail}`
  return new RegExp(`(?:%c[2-9a-f]|%d[0-9a-f]|${three}|${four})${tail}|%[0-9a-f]{2}`, 'gi')
}

/** Percent-decoding once. Bytes that are not UTF-8 are read as Latin-1, as the servers do that take them at all. */
export function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text
  return text.replaceAll(run, (escapes) => decodeUtf8(escapes) ?? escapes.replaceAll(character, decodeCharacter))
}

/** Undefined: it is not UTF-8. */
function decodeUtf8(escapes: string): string | undefined {
  try {
    return decodeURIComponent(escapes)
  } catch {
    return undefined
  }
}

function decodeCharacter(escapes: string): string {
  if (escapes.length > 3) return decodeURIComponent(escapes)
  return String.fromCharCode(Number.parseInt(escapes.slice(1), 16))
}

/** Without the escaped bytes that are no UTF-8. All others stay escaped. */
export function dropInvalidEscapes(text: string): string {
  return text.replaceAll(run, (escapes) =>
    decodeUtf8(escapes) === undefined ? escapes.replaceAll(character, dropInvalidByte) : escapes,
  )
}

function dropInvalidByte(escapes: string): string {
  return escapes.length > 3 || /%[0-7]/.test(escapes) ? escapes : ''
}
