/**
 * The option table as the tree that its keys make: mappings, lists of mappings, values. What reads or writes a
 * configuration walks this tree, so that no other file knows how a key is nested. Never holds an option itself.
 */
import type { KeyPath } from './key.ts'
import type { Option, OptionType } from './option.ts'
import { typeInside } from './option.ts'

/** `upstream`, `upstream.tls`, an item of `routes`: keys, in the order of the table. */
export interface MappingNode {
  readonly kind: 'mapping'
  readonly keys: ReadonlyMap<string, TableNode>
}

/** `routes`: a list whose items are all mappings with the same keys. */
export interface ListNode {
  readonly kind: 'list'
  readonly option: Option
  readonly item: MappingNode
}

/** `routes[].path`: a key that holds a value of one type. */
export interface ValueNode {
  readonly kind: 'value'
  readonly option: Option
}

export type TableNode = MappingNode | ListNode | ValueNode

export interface OptionTable {
  /** In the order of the documentation. */
  readonly options: readonly Option[]
  /** A whole configuration. */
  readonly root: MappingNode
}

/** Throws when the keys of two options contradict each other, because a walk would then miss one of them. */
export function compileTable(options: readonly Option[]): OptionTable {
  return { options, root: growMapping(options, '') }
}

/** `prefix` is the key of the mapping with what separates it from the keys inside: '', `upstream.`, `routes[].`. */
function growMapping(options: readonly Option[], prefix: string): MappingNode {
  const groups = Map.groupBy(options, ({ path }) => path.slice(prefix.length).split(/\.|\[/, 1)[0] ?? '')
  const keys = [...groups].map(([name, group]) => [name, growNode(group, `${prefix}${name}`)] as const)
  return { kind: 'mapping', keys: new Map(keys) }
}

/** `group` holds the option of this key, if there is one, and every option below the key. */
function growNode(group: readonly Option[], path: string): TableNode {
  const at = group.findIndex((candidate) => candidate.path === path)
  const option = group[at]
  const below = group.filter((_, index) => index !== at)
  const prefix = prefixBelow(option, path)
  const stray = below.find((candidate) => prefix === undefined || !candidate.path.startsWith(prefix))
  if (stray) throw new Error(`option table: ${stray.path} contradicts another option at ${path}`)
  if (option && prefix === undefined) return { kind: 'value', option }
  const inside = growMapping(below, prefix ?? '')
  return option ? { kind: 'list', option, item: inside } : inside
}

/** What the keys inside begin with; undefined for a value, which holds no keys. */
function prefixBelow(option: Option | undefined, path: string): string | undefined {
  if (option === undefined) return `${path}.`
  return option.type.kind === 'objects' ? `${path}[].` : undefined
}

/** Undefined when the table has no key there, and for the inside of a value. */
export function findNode(path: KeyPath, table: OptionTable): TableNode | undefined {
  let node: TableNode | undefined = table.root
  for (const segment of path) node = node && stepInto(node, segment)
  return node
}

function stepInto(node: TableNode, segment: string | number): TableNode | undefined {
  if (typeof segment === 'number') return node.kind === 'list' ? node.item : undefined
  return node.kind === 'mapping' ? node.keys.get(segment) : undefined
}

export interface FoundOption {
  readonly option: Option
  /** The type at the place that was asked for: inside a list of texts, that of one text. */
  readonly type: OptionType
}

/** The option a concrete key belongs to; undefined for mappings and unknown keys. */
export function findOption(path: KeyPath, table: OptionTable): FoundOption | undefined {
  let node: TableNode = table.root
  for (const [depth, segment] of path.entries()) {
    if (node.kind === 'value') return findInside(node.option, path.slice(depth))
    const next = stepInto(node, segment)
    if (next === undefined) return undefined
    node = next
  }
  return node.kind === 'mapping' ? undefined : { option: node.option, type: node.option.type }
}

function findInside(option: Option, rest: KeyPath): FoundOption | undefined {
  let type: OptionType | undefined = option.type
  for (const segment of rest) type = type && typeInside(type, segment)
  return type && { option, type }
}

/**
 * The keys of the mapping at `path`: of `upstream` url, connectTimeout, …, tls. Empty when no mapping belongs there.
 */
export function childrenOf(path: KeyPath, table: OptionTable): readonly string[] {
  const node = findNode(path, table)
  return node?.kind === 'mapping' ? [...node.keys.keys()] : []
}

/** A required key is somewhere in the node. Lists count by themselves: an empty one needs no key of an item. */
export function isRequired(node: TableNode): boolean {
  return node.kind === 'mapping' ? [...node.keys.values()].some(isRequired) : node.option.required === true
}

/** True when a value of this node shows a secret to whoever sees it. */
export function holdsSecret(node: TableNode): boolean {
  if (node.kind === 'mapping') return [...node.keys.values()].some(holdsSecret)
  return node.option.secret === true || (node.kind === 'list' && holdsSecret(node.item))
}

/** The shortest value to show for a node: what it cannot be without, or its first key; the option's example or default. */
export function sampleOf(node: TableNode | undefined): unknown {
  if (node === undefined) return undefined
  if (node.kind === 'value') return node.option.example ?? node.option.default
  if (node.kind === 'list') return [sampleOf(node.item)]
  const keys = [...node.keys]
  const needed = keys.filter(([, child]) => child.kind !== 'mapping' && (isRequired(child) || child.option.inSample))
  const shown = needed.length > 0 ? needed : keys.slice(0, 1)
  return Object.fromEntries(shown.map(([name, child]) => [name, sampleOf(child)]))
}
