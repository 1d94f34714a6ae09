/** How the last load of the configuration ended, as metrics: of the gate, or of the primary for all its workers. */
import type { Registry } from '@prometheus-io/client'
import { Gauge } from '@prometheus-io/client'

/** The start is the first load. */
export interface LastReload {
  readonly isGood: boolean
  /** Of the last good one: milliseconds since the epoch. */
  readonly goodAt: number
}

export function addReloadGauges(registry: Registry, last: () => LastReload): void {
  const registers = [registry]
  new Gauge({
    name: 'cogate_config_last_reload_successful',
    help: '1: the configuration that was loaded last is in use. 0: it was refused, and the one before is.',
    registers,
    collect() {
      this.set(last().isGood ? 1 : 0)
    },
  })
  new Gauge({
    name: 'cogate_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in use was loaded.',
    registers,
    collect() {
      this.set(last().goodAt / 1000)
    },
  })
}
