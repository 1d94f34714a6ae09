/**
 * What observes the gate: the log, the access log and the metrics, built from the configuration. What is switched off
 * must be absent.
 */
import type { Config } from '../config/config.ts'
import type { Logger } from './log.ts'
import { withoutRedaction } from './log.ts'
import { Metrics } from './metrics.ts'
import type { MetricSources, Registry } from './registry.ts'
import type { Scrape } from './scrape.ts'
import { createScrape } from './scrape.ts'

export interface AccessLog {
  info(fields: object, message: string): void
  isLevelEnabled(level: string): boolean
}

export interface Observers {
  readonly log: Logger
  /** For access log lines only; undefined when none are written. */
  readonly accessLog: AccessLog | undefined
  readonly metrics: Metrics
  readonly scrape: Scrape
}

/** `sources` is called when the metrics are shown for the first time. */
export function createObservers(config: Config['log'], log: Logger, sources: () => MetricSources): Observers {
  const metrics = new Metrics()
  return {
    log,
    accessLog: config.access ? withoutRedaction(log) : undefined,
    metrics,
    scrape: createScrape(() => loadRegistry(metrics, sources())),
  }
}

/** Imported here, so that a start does not load the metrics library. */
async function loadRegistry(metrics: Metrics, sources: MetricSources): Promise<Registry> {
  const { createRegistry } = await import('./registry.ts')
  return createRegistry(metrics, sources)
}
