/**
 * How many workers there are, and the share of each in the limits that hold for all of them together.
 */
import type { Config, UpstreamConfig } from '../../config/config.ts'

/** `processors` is how many this process may use: under a CPU limit fewer than the machine has. */
export function countWorkers({ workers }: Config, processors: number): number {
  return workers === 'auto' ? Math.min(processors, mostAutomatic) : workers
}

/** Also the greatest number that can be configured. */
const mostAutomatic = 64

/** The shares together are never more than configured, unless that is less than one for each worker. */
export function shareLimits(config: Config, workers: number): Config {
  // Zero stays zero, because it forbids.
  const share = (total: number): number => Math.min(total, Math.max(1, Math.floor(total / workers)))
  const { limits, upstream, upstreams } = config
  const shareOf = <T extends UpstreamConfig>(service: T): T => ({
    ...service,
    maxConnections: share(service.maxConnections),
    maxWaiting: share(service.maxWaiting),
  })
  return {
    ...config,
    upstream: shareOf(upstream),
    upstreams: upstreams.map(shareOf),
    limits: limits.connections === undefined ? limits : { ...limits, connections: share(limits.connections) },
  }
}
