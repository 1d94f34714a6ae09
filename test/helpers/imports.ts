/** Every import of src, those of types included. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const root = new URL('../../src/', import.meta.url).pathname
export const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

export interface Import {
  readonly from: string
  readonly target: string
  readonly local: boolean
  /** Loaded when it is asked for, if at all. */
  readonly lazy: boolean
  /** Of types only: gone at run time. */
  readonly erased: boolean
}

export const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8')
  const specifiers = [...text.matchAll(/(?:^|\n)(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g)]
  return specifiers.map(([whole, fixed, dynamic]) => {
    const target = fixed ?? dynamic ?? ''
    const local = target.startsWith('.')
    return {
      from,
      target: local ? relative(root, join(root, dirname(from), target)) : target,
      local,
      lazy: fixed === undefined,
      erased: /^\s*(?:import|export) type\s/.test(whole),
    }
  })
})

/** Over any number of imports. */
export function reaches(next: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [...(next.get(from) ?? [])]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (file === to) return true
    if (seen.has(file)) continue
    seen.add(file)
    open.push(...(next.get(file) ?? []))
  }
  return false
}
