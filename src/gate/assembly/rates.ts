/** Joins rate limits that several processes share to a gate. Nothing that talks to Redis is loaded where each counts for itself. */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config } from '../../config/config.ts'
import { rateServer } from '../../config/redis.ts'
import { compileRates } from '../../decide/rate-limiter.ts'
import type { Observers } from '../../ops/observers.ts'
import type { SharedRates } from '../../redis/rates/shared-rates.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { GateRuntime } from '../gate.ts'

export interface RatesContext {
  readonly observers: Observers
  /** Where the configuration was loaded again. */
  readonly before: { readonly config: Config; readonly runtime: GateRuntime } | undefined
}

/** Limits that are the same go on, with their connection. Throws like `readFileSync` where a file of it cannot be read. */
export async function compileGateRates(
  config: Config,
  { observers: { log }, before }: RatesContext,
): Promise<SharedRates | undefined> {
  const server = rateServer(config)
  const { redis } = config.rateLimit ?? {}
  if (server === undefined || redis === undefined) return undefined
  if (before?.runtime.sharedRates && isSame(settingsOf(before.config), settingsOf(config))) {
    return before.runtime.sharedRates
  }
  const { openSharedRates } = await import('../../redis/rates/shared-rates.ts')
  return openSharedRates({
    server,
    prefix: redis.prefix,
    timeoutMs: redis.timeoutMs,
    local: compileRates(config.rateLimit),
    elapsed: () => performance.now(),
    setTimer: setUnrefTimer,
    onState(isReachable, detail) {
      if (isReachable) log.info('rate limit store back')
      else log.warn({ detail }, 'rate limit store away; each process counts for itself')
    },
  })
}

function settingsOf(config: Config) {
  return { rateLimit: config.rateLimit, server: rateServer(config) }
}
