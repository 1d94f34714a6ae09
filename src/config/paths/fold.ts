/**
 * The folded form of a path: what protective rules match, so that rule and request meet in one spelling, and so that two
 * spellings of a rule are known as one.
 */

/** Decoded, NFKC, lower case, no trailing dots or slash, no path parameters; what cannot be decoded stays as it is. */
export function foldPath(path: string): string {
  return foldDecoded(decodePath(path) ?? path)
}

/** Undefined when the escapes are not valid UTF-8: servers disagree on what such a path is. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path).normalize('NFKC')
  } catch {
    return undefined
  }
}

/** There and back between the cases: `ı`, `İ` and `ẞ` meet the letters that case-insensitive servers take them for. */
export function foldDecoded(decoded: string): string {
  const segments = decoded
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(/i\u0307+/g, 'i')
    .normalize('NFKC')
    .split('/')
    .map(foldSegment)
    .filter((segment) => segment !== '')
  return `/${segments.join('/')}`
}

/** Without path parameters and trailing dots or spaces: spellings some servers drop. */
function foldSegment(segment: string): string {
  const parameters = segment.indexOf(';')
  let end = parameters === -1 ? segment.length : parameters
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--
  return segment.slice(0, end)
}
