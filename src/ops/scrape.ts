/**
 * Gives the metrics out: as a page for Prometheus, or as samples for a primary. Loads the registry once, at `open` or
 * at the first scrape; when loading fails, the next call tries again.
 */
import type { Registry } from '@prometheus-io/client'
import type { Samples } from './exposition/merge-metrics.ts'

export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

export interface Scrape {
  open(): Promise<Registry>
  page(): Promise<MetricsPage>
  samples(): Promise<Samples>
}

export function createScrape(load: () => Promise<Registry>): Scrape {
  const opened: { registry?: Promise<Registry> | undefined } = {}
  const open = (): Promise<Registry> => {
    opened.registry ??= load().catch((error: unknown) => {
      opened.registry = undefined
      throw error
    })
    return opened.registry
  }
  return {
    open,
    page: async () => {
      const registry = await open()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    samples: async () => (await open()).getMetricsAsJSON(),
  }
}
