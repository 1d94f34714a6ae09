/**
 * Keys of a concrete configuration, such as userPools[0].id: as paths and as text.
 */

export type KeyPath = readonly (string | number)[]

export function formatKey(path: KeyPath): string {
  return path.map((segment, index) => formatSegment(segment, index)).join('')
}

function formatSegment(segment: string | number, index: number): string {
  if (typeof segment === 'number') return `[${segment}]`
  return index === 0 ? segment : `.${segment}`
}

/** The reverse of `formatKey`. Only for keys of the table: a name that a user made up may hold dots and brackets. */
export function parseKey(key: string): KeyPath {
  return [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) => match[2] ?? Number(match[1]))
}

/** The key and every key that holds it: '' (the whole configuration), `routes`, `routes[0]`, `routes[0].path`. */
export function holdersOf(key: string): readonly string[] {
  return ['', ...[...key.matchAll(/[.[]/g)].map(({ index }) => key.slice(0, index)), key]
}
