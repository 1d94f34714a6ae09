/**
 * Keys of a concrete configuration: paths such as userPools[0].id, how they are written, which option they belong to.
 */
import type { Option, OptionType } from './option.ts'
import { OPTIONS } from './options.ts'

export type KeyPath = readonly (string | number)[]

export function formatKey(path: KeyPath): string {
  return path.map((segment, index) => formatSegment(segment, index)).join('')
}

function formatSegment(segment: string | number, index: number): string {
  if (typeof segment === 'number') return `[${segment}]`
  return index === 0 ? segment : `.${segment}`
}

/** The reverse of `formatKey` for keys of the table; never for keys a user made up. */
export function parseKey(key: string): KeyPath {
  return [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) => match[2] ?? Number(match[1]))
}

/** The key and every key that holds it: '' (the whole configuration), `routes`, `routes[0]`, `routes[0].path`. */
export function holdersOf(key: string): readonly string[] {
  return ['', ...[...key.matchAll(/[.[]/g)].map(({ index }) => key.slice(0, index)), key]
}

/** The option a concrete key belongs to and the type at that place: for an item of a list, the item's. */
export function findOption(path: KeyPath): { readonly option: Option; readonly type: OptionType } | undefined {
  const pattern = formatKey(path).replaceAll(/\[\d+\]/g, '[]')
  const option = OPTIONS.find((candidate) => candidate.path === pattern)
  if (option) return { option, type: option.type }
  const list = OPTIONS.find((candidate) => `${candidate.path}[]` === pattern)
  return list?.type.kind === 'list' ? { option: list, type: list.type.of } : undefined
}

/** The segments a mapping may hold: of `upstream` url, connectTimeout, …, tls. */
export function childrenOf(path: KeyPath): readonly string[] {
  const pattern = formatKey(path).replaceAll(/\[\d+\]/g, '[]')
  const prefix = pattern === '' ? '' : `${pattern}.`
  const rests = OPTIONS.filter((option) => option.path.startsWith(prefix)).map((o) => o.path.slice(prefix.length))
  return [...new Set(rests.map((rest) => rest.replace(/[.[].*$/, '')))]
}
