/**
 * Tells what is wrong with how a layer is built: the fault, what belongs there, how to write it.
 */
import type { Fault } from './faults.ts'
import { findFaults } from './faults.ts'
import type { Issues, Problem } from './issues.ts'
import type { KeyPath } from './key.ts'
import { childrenOf, findOption } from './key.ts'
import type { Layer } from './layer.ts'
import { getIn } from './layer.ts'
import type { Place } from './place.ts'
import { suggestValue } from './suggest.ts'
import { expectType } from './type-text.ts'
import { describeUnknown } from './unknown-key.ts'

export function checkStructure(layer: Layer, issues: Issues): void {
  for (const fault of findFaults(layer.data)) reportFault(fault, layer, issues)
}

function reportFault({ kind, path }: Fault, layer: Layer, issues: Issues): void {
  const place = layer.locate(path)
  const raw = getIn(layer.data, path)
  if (kind === 'misfit') {
    const isEmpty = raw === null && place.kind === 'file'
    issues.addBroken(isEmpty ? describeEmpty(path, place) : describeMisfit(path, place), place)
  } else {
    const content = { raw, text: place.text }
    issues.add(describeUnknown(path, content), layer.locate(path, 'key'))
  }
}

/** A demand that has lost its value (`groups:`) must not pass for no demand. What stands at the place is its key. */
function describeEmpty(path: KeyPath, place: Place): Problem {
  return { ...describeMisfit(path, { ...place, text: '' }), found: 'a key without a value' }
}

function describeMisfit(path: KeyPath, place: Place): Problem {
  if (path.length === 0) return { path, expected: 'a mapping of keys', line: 'listen: 0.0.0.0:8181' }
  const found = findOption(path)
  if (found && found.type.kind !== 'objects') {
    return { path, expected: expectType(found.type), write: suggestValue(found.option, found.type, place.text) }
  }
  const inside = found ? [...path, 0] : path
  const keys = childrenOf(inside)
  const mapping = sampleMapping(inside, keys)
  const expected = `a ${found ? 'list of mappings' : 'mapping'} with the keys ${keys.join(', ')}`
  return { path, expected, write: found ? [mapping] : mapping }
}

function sampleMapping(path: KeyPath, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const [first = ''] = keys
  const option = findOption([...path, first])?.option
  return { [first]: option?.example ?? option?.default }
}
