/**
 * THE one table: every key cogate understands, with its type, default and meaning. Help, documentation, JSON schema,
 * environment names, flags and the loader are all read from it; no key may exist anywhere else.
 */
import type { Option } from './option.ts'
import { compileTable } from './option-table.ts'
import { AUTH_API_OPTIONS } from './options/auth-api.ts'
import { LIMIT_OPTIONS } from './options/limits.ts'
import { LOGIN_OPTIONS } from './options/login.ts'
import { NETWORK_OPTIONS } from './options/network.ts'
import { OPERATION_OPTIONS } from './options/operation.ts'
import { PUBLISHED_OPTIONS } from './options/published.ts'
import { REDIS_OPTIONS, REVOCATION_OPTIONS } from './options/redis.ts'
import { REQUEST_OPTIONS } from './options/requests.ts'
import { TOKEN_OPTIONS } from './options/tokens.ts'
import { UPSTREAM_OPTIONS } from './options/upstream.ts'

/** Every option, in the order of the documentation. */
export const OPTIONS: readonly Option[] = [
  ...NETWORK_OPTIONS,
  ...UPSTREAM_OPTIONS,
  ...LIMIT_OPTIONS,
  ...TOKEN_OPTIONS,
  ...REVOCATION_OPTIONS,
  ...REQUEST_OPTIONS,
  ...LOGIN_OPTIONS,
  ...AUTH_API_OPTIONS,
  ...PUBLISHED_OPTIONS,
  ...REDIS_OPTIONS,
  ...OPERATION_OPTIONS,
]

/** The table that is used where no other one is given; tests give tables of their own. */
export const TABLE = compileTable(OPTIONS)
