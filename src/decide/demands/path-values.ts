/**
 * The parameters of a path as the service takes them: whole segments, decoded once. Never says which reading of a path is right.
 */

/** Where a parameter (`:tenant`) is in the pattern of a rule, counted so that `valueAt` finds it in a path. */
export function segmentsOf(pattern: string, parameter: string): readonly number[] {
  return pattern.split('/').flatMap((segment, index) => (segment === parameter ? [index] : []))
}

/**
 * The value of a segment. Undefined: the path has no such segment, it is empty, or it is not UTF-8. `isDecoded`: nothing is left
 * to decode in this reading of the path.
 */
export function valueAt(path: string, segment: number, isDecoded = false): string | undefined {
  const text = path.split('/')[segment]
  if (text === undefined || text === '') return undefined
  if (isDecoded || !text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Two readings with the same text have the same values in these segments. */
export function writeValues(path: string, segments: readonly number[] = [], isDecoded = false): string {
  return JSON.stringify(segments.map((segment) => valueAt(path, segment, isDecoded) ?? null))
}
