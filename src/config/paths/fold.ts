/**
 * The folded form of a path: all spellings that a server may take for the same path become one text. Rules that demand
 * something match folded paths. A rule that lets anonymous callers in must never match by its folded path.
 */

/** Decoded, NFKC, lower case, no trailing dots or slash, no path parameters. What cannot be decoded stays as it is. */
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

/** Changes the case three times: `ı`, `İ` and `ẞ` become the letters that case-insensitive servers take them for. */
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

/** Drops path parameters and trailing dots and spaces, because some servers do. */
function foldSegment(segment: string): string {
  const parameters = segment.indexOf(';')
  let end = parameters === -1 ? segment.length : parameters
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--
  return segment.slice(0, end)
}
