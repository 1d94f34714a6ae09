/**
 * What the primary counts about its workers, and the metrics of Node.js for its own process. Nothing about requests,
 * because a primary serves none.
 */
import { Counter, Gauge, Registry } from '@prometheus-io/client'
import type { Activity } from '../cost/active-users.ts'
import { addActivityGauge } from '../cost/activity-gauge.ts'
import { collectNodeMetrics } from './node-metrics.ts'
import type { LastReload } from './reload-gauges.ts'
import { addReloadGauges } from './reload-gauges.ts'

export interface WorkerMetrics {
  readonly registry: Registry
  countRestart(): void
  countDeniedRestart(): void
  countMissedScrape(): void
}

interface Shown {
  readonly countServing: () => number
  readonly lastReload: () => LastReload
  /** Of the month that runs. */
  readonly activity: () => readonly Activity[]
}

export function createWorkerMetrics({ countServing, lastReload, activity }: Shown): WorkerMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectNodeMetrics(registry)
  addReloadGauges(registry, lastReload)
  addActivityGauge(registry, activity)
  new Gauge({
    name: 'cogate_workers',
    help: 'Workers that serve.',
    registers,
    collect() {
      this.set(countServing())
    },
  })
  const restarts = new Counter({
    name: 'cogate_worker_restarts_total',
    help: 'Workers started in the place of one that ended.',
    registers,
  })
  const denied = new Counter({
    name: 'cogate_worker_restarts_denied_total',
    help: 'Restarts that had to wait, because the worker had ended soon after its start.',
    registers,
  })
  const missed = new Counter({
    name: 'cogate_worker_scrapes_missed_total',
    help: 'Scrapes that a worker did not answer in time: its counters were those of its last answer.',
    registers,
  })
  return {
    registry,
    countRestart: () => restarts.inc(),
    countDeniedRestart: () => denied.inc(),
    countMissedScrape: () => missed.inc(),
  }
}
