/**
 * Compares how a layer is built with the option table: unknown keys, and values that are not spelled as their type is.
 * Reports each fault with a line that would be right. Bounds, addresses and paths are judged later, value by value.
 */
import type { Issues, Problem } from '../../issues/issues.ts'
import type { Place } from '../../issues/place.ts'
import { hasOwnName } from '../../issues/place.ts'
import { guessFor, suggestFix } from '../../issues/suggest.ts'
import type { Layer } from '../../read/layer.ts'
import { getIn, isMapping } from '../../read/layer.ts'
import type { KeyPath } from '../../table/key.ts'
import type { ListNode, MappingNode, OptionTable, TableNode } from '../../table/option-table.ts'
import { childrenOf, findNode, findOption, holdsSecret, sampleOf } from '../../table/option-table.ts'
import { expectType } from '../../table/type-text.ts'
import { findFaults, walkNode } from './faults.ts'
import { describeUnknown } from './unknown-key.ts'

export interface StructureContext {
  readonly table: OptionTable
  readonly issues: Issues
}

/** Reports every fault of one layer. Keys that are missing here may be in another layer, so they are no fault. */
export function checkStructure(layer: Layer, { table, issues }: StructureContext): void {
  for (const { kind, path } of findFaults(layer.data, table)) {
    const place = layer.locate(path)
    const raw = getIn(layer.data, path)
    if (kind === 'misfit') issues.addBroken(describeMisfit(path, { raw, place, table }), place)
    else issues.add(describeUnknown(path, { raw, text: place.text }, table), layer.locate(path, 'key'))
  }
}

/** A file, or options, with nothing that can be left out. */
const SHORTEST = 'userPools: [{ id: ap-northeast-1_AbCdEfGhI, clientIds: [7h57kf5cf8b6sl9rexample] }]'

interface Misfit {
  readonly raw: unknown
  readonly place: Place
  readonly table: OptionTable
}

/** A key without a value (`groups:`) is a mistake: the demand it stands for must not vanish with its value. */
function describeMisfit(path: KeyPath, { raw, place, table }: Misfit): Problem {
  if (raw !== null || !hasOwnName(place)) return describeWanted(path, place.text, { table, raw })
  // The text at such a place is that of the key, which gives no clue to the value.
  return { ...describeWanted(path, '', { table, raw }), found: 'a key without a value', isShown: true }
}

/** What belongs at `path`. `text` is what the user wrote there, as a clue to what was meant. */
function describeWanted(path: KeyPath, text: string, context: WantedContext): Problem {
  const { table, raw } = context
  if (path.length === 0) return { path, expected: 'a mapping of keys', line: SHORTEST }
  const found = findOption(path, table)
  if (found && found.type.kind !== 'objects') {
    return { path, expected: expectType(found.type), ...suggestFix(found.option, found.type, text) }
  }
  const keys = childrenOf(found ? [...path, 0] : path, table)
  const expected = `a ${found ? 'list of mappings' : 'mapping'} with the keys ${keys.join(', ')}`
  const node = findNode(path, table)
  return { path, expected, write: wrapped(node, raw) ?? sampleOf(node) }
}

interface WantedContext {
  readonly table: OptionTable
  readonly raw: unknown
}

/**
 * A mapping where a list of mappings belongs is its only item; a text where a mapping belongs is its first key; true or false
 * where a mapping belongs that is off by default is its `enabled`.
 */
function wrapped(node: TableNode | undefined, raw: unknown): unknown {
  if (node === undefined || holdsSecret(node)) return undefined
  if (node.kind === 'list' && isMapping(raw)) return isWhole(node, raw) ? [raw] : undefined
  if (node.kind !== 'mapping') return undefined
  if (typeof raw === 'boolean') return isSwitchedOn(node) ? { enabled: raw } : undefined
  if (typeof raw !== 'string') return undefined
  const [[name, first] = []] = node.keys
  const value = first?.kind === 'value' ? guessFor(first.option, first.option.type, raw) : undefined
  const isEnough = Object.keys(Object(sampleOf(node))).length === 1
  return name === undefined || value === undefined || !isEnough ? undefined : { [name]: value }
}

function isSwitchedOn({ keys }: MappingNode): boolean {
  const enabled = keys.get('enabled')
  return enabled?.kind === 'value' && enabled.option.default === false
}

/** An item without a mistake, with all that an item cannot be without. */
function isWhole(node: ListNode, raw: Readonly<Record<string, unknown>>): boolean {
  const needed = Object.keys(Object(sampleOf(node.item)))
  return needed.every((name) => Object.hasOwn(raw, name)) && walkNode(node, [raw], []).next().done === true
}
