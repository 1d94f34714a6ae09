/**
 * What is counted while a gate serves, in plain numbers: counting is paid by every request, showing (registry.ts) by the
 * scrape. Nothing has a label a caller can choose: routes are configured paths.
 */
import type { ExchangeSample } from './route-tally.ts'
import { RouteTally } from './route-tally.ts'

class Count {
  value = 0

  inc(): void {
    this.value++
  }

  dec(): void {
    this.value--
  }
}

interface KeyFetches {
  ok: number
  error: number
}

export class Metrics {
  readonly webSockets = new Count()
  readonly refusedConnections = new Count()
  readonly #routes = new Map<string, RouteTally>()
  readonly #verifications = new Map<string, number>()
  readonly #keyFetches = new Map<string, KeyFetches>()

  /** By the label of the route. */
  get routes(): ReadonlyMap<string, RouteTally> {
    return this.#routes
  }

  /** By result: ok or the reason. */
  get verifications(): ReadonlyMap<string, number> {
    return this.#verifications
  }

  /** By user pool. */
  get keyFetches(): ReadonlyMap<string, Readonly<KeyFetches>> {
    return this.#keyFetches
  }

  /** Counts one exchange that is over. */
  countExchange(sample: ExchangeSample): void {
    const known = this.#routes.get(sample.route)
    const tally = known ?? new RouteTally()
    if (known === undefined) this.#routes.set(sample.route, tally)
    tally.add(sample)
  }

  countVerification(result: string): void {
    this.#verifications.set(result, (this.#verifications.get(result) ?? 0) + 1)
  }

  countKeyFetch(pool: string, result: keyof KeyFetches): void {
    const fetches = this.#keyFetches.get(pool) ?? { ok: 0, error: 0 }
    fetches[result]++
    this.#keyFetches.set(pool, fetches)
  }
}
