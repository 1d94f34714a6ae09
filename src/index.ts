/**
 * The library: `import cogate from 'cogate'`, a Fastify plugin (docs/library.md). The command is main.ts.
 */
import { createPlugin } from './library/plugin.ts'
import type { CogatePlugin } from './library/types.ts'

export type { CogateOptions } from './library/options.ts'
export type { Caller, Cogate, CogatePlugin, RouteDemand, RouteRule } from './library/types.ts'
export type { Reason } from './reasons.ts'
export type { Claims } from './tokens/claims.ts'

/** Each registration guards its own scope. */
const cogate: CogatePlugin = createPlugin()

export default cogate
