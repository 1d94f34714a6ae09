/**
 * Who hears what the gate does: the log, the access log, the metrics. Built from the configuration; what is switched
 * off is absent.
 */
import type { Config } from '../config/config.ts'
import type { Logger } from './log.ts'
import { withoutNet } from './log.ts'
import { Metrics } from './metrics.ts'
import type { MetricSources, Registry } from './registry.ts'
import type { Scrape } from './scrape.ts'
import { createScrape } from './scrape.ts'

export interface Observers {
  readonly log: Logger
  /** For access lines alone. Undefined: none is written. */
  readonly accessLog: Logger | undefined
  readonly metrics: Metrics
  readonly scrape: Scrape
}

/** `sources` is asked when metrics are first shown. */
export function createObservers(config: Config['log'], log: Logger, sources: () => MetricSources): Observers {
  const metrics = new Metrics()
  return {
    log,
    accessLog: config.access ? withoutNet(log) : undefined,
    metrics,
    scrape: createScrape(() => loadRegistry(metrics, sources())),
  }
}

/** The library that shows metrics is no part of a start. */
async function loadRegistry(metrics: Metrics, sources: MetricSources): Promise<Registry> {
  const { createRegistry } = await import('./registry.ts')
  return createRegistry(metrics, sources)
}
