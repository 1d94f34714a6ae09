/**
 * A layer is one source of values (a file, the environment, the flags): nested data, and the place of each value. Later
 * layers win, key by key. A layer is never judged here.
 */

import type { Place } from '../issues/place.ts'
import type { KeyPath } from '../table/key.ts'

export interface Layer {
  /** Nested as in the file. */
  readonly data: unknown
  /** Where the value stands, or with `key` the key itself. */
  readonly locate: (path: KeyPath, at?: 'key') => Place
  /**
   * True: each list in `data` has one item, whose fields are set in the only item of the list that other layers give.
   * The list itself is not replaced.
   */
  readonly onlyItems: boolean
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

/** Sets a value, and makes the mappings and lists above it. `path` comes from the option table, never from a user. */
export function setIn(target: object, path: KeyPath, value: unknown): void {
  let parent = target
  for (const [depth, segment] of path.entries()) {
    if (depth === path.length - 1) Reflect.set(parent, segment, value)
    else parent = childOf(parent, segment, path[depth + 1])
  }
}

function childOf(parent: object, segment: string | number, below: string | number | undefined): object {
  const child: unknown = Reflect.get(parent, segment)
  if (typeof child === 'object' && child !== null) return child
  const made = typeof below === 'number' ? [] : {}
  Reflect.set(parent, segment, made)
  return made
}
