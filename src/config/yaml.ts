/**
 * The YAML library, loaded for the first text that needs it: a gate that is told everything by plain variables starts
 * faster and holds 9 MB less.
 */
import { createRequire } from 'node:module'

type Yaml = typeof import('yaml')

const require = createRequire(import.meta.url)
/** Node remembers it too, but takes its time to look it up: this is asked for at every value of a text. */
const remembered: { library?: Yaml } = {}

export function yaml(): Yaml {
  remembered.library ??= require('yaml') as Yaml
  return remembered.library
}
