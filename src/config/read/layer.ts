/**
 * A layer is one source of values (a file, the environment, the flags) as nested data that can tell where each value
 * stands. Later layers win, key by key.
 */

import type { Place } from '../issues/place.ts'
import type { KeyPath } from '../table/key.ts'

export interface Layer {
  /** Nested as in the file. */
  readonly data: unknown
  /** `key` asks for the place of the key instead of its value. */
  readonly locate: (path: KeyPath, at?: 'key') => Place
  /** Sets fields of the only user pool instead of replacing the list. */
  readonly singlePool: boolean
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at `path`; undefined when it or a parent is not there. */
export function getIn(data: unknown, path: KeyPath): unknown {
  let value = data
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
    value = Reflect.get(value, segment)
  }
  return value
}

/** Sets a value, making the parents. `path` holds names of the option table only, never a user's. */
export function setIn(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path
  if (head === undefined) return
  if (rest.length === 0) {
    target[head] = value
    return
  }
  const child = isMapping(target[head]) ? { ...target[head] } : {}
  setIn(child, rest, value)
  target[head] = child
}
