/**
 * A configuration that a program gives as an object, as a layer. The object is copied once, so what its owner does to it later
 * changes nothing.
 */
import type { Place } from '../issues/place.ts'
import type { KeyPath } from '../table/key.ts'
import type { Layer } from './layer.ts'
import { getIn, isMapping } from './layer.ts'

/** True: the key counts for nothing, and is left out. */
export type LeaveOut = (path: KeyPath, value: unknown) => boolean

/** `name` says in messages where the object is, such as `options of cogate`. */
export function readObjectLayer(object: unknown, name: string, leaveOut: LeaveOut): Layer {
  const data = copy(object, [], leaveOut)
  const locate = (path: KeyPath, at?: 'key'): Place => {
    const text = at === 'key' ? String(path.at(-1)) : writeValue(getIn(data, path))
    return { kind: 'object', name, text, yaml: true }
  }
  return { data, locate, onlyItems: false }
}

/** No configuration nests deeper. */
const deepest = 16

/**
 * What JSON cannot hold becomes a symbol, which is no value of any key: a Map would otherwise pass for a mapping without keys. A value
 * of undefined becomes null, a key without a value: a demand must not vanish because a variable is not set.
 */
function copy(value: unknown, path: KeyPath, leaveOut: LeaveOut): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value !== 'object' || path.length > deepest) return Symbol(typeof value)
  // Spread, because `map` would skip holes.
  if (Array.isArray(value)) return [...value].map((item, index) => copy(item, [...path, index], leaveOut))
  if (!isPlain(value)) return Symbol('object')
  const kept = Object.entries(value).filter(([name, member]) => !leaveOut([...path, name], member))
  return Object.fromEntries(kept.map(([name, member]) => [name, copy(member, [...path, name], leaveOut)]))
}

/** Of any realm, such as that of a test. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function writeValue(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'symbol' || isUnwritable(value) ? '' : JSON.stringify(value)
}

function isUnwritable(value: unknown): boolean {
  return value === undefined || value === null || (isMapping(value) && Object.keys(value).length === 0)
}
