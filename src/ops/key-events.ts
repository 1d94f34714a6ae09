/**
 * What the log and the metrics say of a fetch of keys.
 */
import type { JwksEvent } from '../tokens/keys/jwks.ts'
import type { Metrics } from './metrics.ts'

const keyEventLevel = {
  fetched: 'debug',
  keys_changed: 'info',
  fetch_failed: 'warn',
  key_rejected: 'warn',
  snapshot_failed: 'warn',
  snapshot_ignored: 'warn',
} as const satisfies Record<JwksEvent['kind'], string>

type Level = (typeof keyEventLevel)[JwksEvent['kind']]

export interface KeyEventObservers {
  readonly log: Readonly<Record<Level, (fields: object, message: string) => void>>
  readonly metrics: Pick<Metrics, 'countKeyFetch'>
}

export function reportKeyEvent({ log, metrics }: KeyEventObservers, event: JwksEvent): void {
  if (event.kind === 'fetched') metrics.countKeyFetch(event.pool, 'ok')
  if (event.kind === 'fetch_failed') metrics.countKeyFetch(event.pool, 'error')
  log[keyEventLevel[event.kind]]({ pool: event.pool, detail: event.detail }, event.kind)
}
