/**
 * THE one table: every key cogate understands, with its type, default and meaning. Help, documentation, JSON schema,
 * environment names, flags and the loader are all read from it; no key may exist anywhere else.
 */
import { isField, type Option } from './option.ts'
import { LIMIT_OPTIONS } from './options-limits.ts'
import { NETWORK_OPTIONS } from './options-network.ts'
import { OPERATION_OPTIONS } from './options-operation.ts'
import { REQUEST_OPTIONS } from './options-requests.ts'
import { TOKEN_OPTIONS } from './options-tokens.ts'

/** Every option, in the order of the documentation. */
export const OPTIONS: readonly Option[] = [
  ...NETWORK_OPTIONS,
  ...LIMIT_OPTIONS,
  ...TOKEN_OPTIONS,
  ...REQUEST_OPTIONS,
  ...OPERATION_OPTIONS,
]

/** The options that are not fields of list items. */
export const TOP_OPTIONS: readonly Option[] = OPTIONS.filter((option) => !isField(option))

/** The fields of the items of a list of mappings: `userPools` → `userPools[].id`, … */
export function fieldsOf(list: string): readonly Option[] {
  return OPTIONS.filter((option) => option.path.startsWith(`${list}[].`))
}
