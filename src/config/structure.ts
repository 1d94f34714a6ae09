/**
 * Is a layer built as the table says: known keys, right types, right spelling of units? Values are judged later.
 */
import type { ErrorObject } from 'ajv'
import { Ajv } from 'ajv'
import type { Issues, Problem } from './issues.ts'
import type { KeyPath } from './key.ts'
import { childrenOf, findOption } from './key.ts'
import type { Layer } from './layer.ts'
import { findNearest } from './nearest.ts'
import { OPTIONS } from './options.ts'
import type { Place } from './place.ts'
import { renderSchema } from './schema.ts'
import { suggestValue } from './suggest.ts'
import { expectType } from './type-text.ts'

export type CheckStructure = (layer: Layer, issues: Issues) => void

export function compileStructureCheck(): CheckStructure {
  // The schema is our own, and a test compiles it against the meta-schema: not at every start.
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, meta: false, validateSchema: false })
  const validate = ajv.compile(renderSchema())
  return (layer, issues) => {
    if (validate(layer.data)) return
    for (const error of validate.errors ?? []) reportError(error, layer, issues)
  }
}

function reportError(error: ErrorObject, layer: Layer, issues: Issues): void {
  // A key may be missing here and come from another layer; the branch of an if has errors of its own.
  if (error.keyword === 'required' || error.keyword === 'if') return
  const path = fromPointer(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    const key = [...path, String(error.params['additionalProperty'])]
    const place = layer.locate(key)
    issues.add(describeUnknown(key, place), layer.locate(key, 'key'))
  } else if (path.length === 0) {
    issues.addBroken({ path: [], expected: 'a mapping of keys', line: 'listen: 0.0.0.0:8181' }, layer.locate(path))
  } else {
    const place = layer.locate(path)
    issues.addBroken(describeMisfit(path, place), place)
  }
}

/** RFC 6901; a number is an index, for no key of the table is one. */
function fromPointer(pointer: string): KeyPath {
  const segments = pointer.split('/').slice(1)
  return segments.map((segment) =>
    /^\d+$/.test(segment) ? Number(segment) : segment.replaceAll('~1', '/').replaceAll('~0', '~'),
  )
}

function describeUnknown(path: KeyPath, place: Place): Problem {
  const name = String(path.at(-1))
  const siblings = childrenOf(path.slice(0, -1))
  const near = findNearest(name, siblings)
  const value = place.text.includes('\n') ? '…' : place.text
  return {
    path,
    found: `the unknown key ${name}`,
    expected: near === undefined ? explainUnknown(name, siblings) : `one of ${siblings.join(', ')}`,
    line: near === undefined ? `# delete ${name}` : `${near}: ${value}`,
  }
}

function explainUnknown(name: string, siblings: readonly string[]): string {
  if (/secret|password/i.test(name)) return 'no secret: tokens are verified with public keys only'
  const elsewhere = OPTIONS.find((option) => option.path.endsWith(`.${name}`))
  return elsewhere ? `${elsewhere.path}, that is where ${name} belongs` : `one of ${siblings.join(', ')}`
}

function describeMisfit(path: KeyPath, place: Place): Problem {
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
