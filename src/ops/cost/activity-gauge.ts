/** The estimates of active users as a metric: of the gate, or of the primary for all its workers. */
import type { Registry } from '@prometheus-io/client'
import { Gauge } from '@prometheus-io/client'
import type { Activity } from './active-users.ts'

/** `estimates`: those of the month that runs. */
export function addActivityGauge(registry: Registry, estimates: () => readonly Activity[]): void {
  new Gauge({
    name: 'cogate_estimated_mau',
    help: 'Estimate of those who were active in this calendar month (UTC), by user pool and kind.',
    labelNames: ['pool', 'kind'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { pool, kind, estimate } of estimates()) this.set({ pool, kind }, estimate)
    },
  })
}
