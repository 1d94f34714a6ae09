/**
 * The metrics as whoever asks for them gets them: a page for Prometheus, or samples for a primary. The library that writes
 * them comes with the first one who asks.
 */
import type { Registry } from '@prometheus-io/client'
import type { Samples } from './merge-metrics.ts'
import type { Metrics } from './metrics.ts'
import type { MetricSources } from './registry.ts'

export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

export interface Scrape {
  page(): Promise<MetricsPage>
  samples(): Promise<Samples>
}

export function createScrape(metrics: Metrics, sources: MetricSources): Scrape {
  const opened: { registry?: Promise<Registry> } = {}
  const open = (): Promise<Registry> => {
    opened.registry ??= import('./registry.ts').then(({ createRegistry }) => createRegistry(metrics, sources))
    return opened.registry
  }
  return {
    page: async () => {
      const registry = await open()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    samples: async () => (await open()).getMetricsAsJSON(),
  }
}
