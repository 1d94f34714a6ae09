/**
 * How many workers there are, and what each may use of the limits that are counted for all of them.
 */
import type { Config } from '../../config/config.ts'

/** `processors`: what this process may use, which is less than the machine has under a CPU limit. */
export function countWorkers({ workers }: Config, processors: number): number {
  return workers === 'auto' ? Math.min(processors, mostAutomatic) : workers
}

/** As many as may be asked for by number. */
const mostAutomatic = 64

/** Never more in sum than configured, unless that is less than one a worker. */
export function shareLimits(config: Config, workers: number): Config {
  // Zero stays zero: it forbids.
  const share = (total: number): number => Math.min(total, Math.max(1, Math.floor(total / workers)))
  const { limits, upstream } = config
  return {
    ...config,
    upstream: {
      ...upstream,
      maxConnections: share(upstream.maxConnections),
      maxWaiting: share(upstream.maxWaiting),
    },
    limits: limits.connections === undefined ? limits : { ...limits, connections: share(limits.connections) },
  }
}
