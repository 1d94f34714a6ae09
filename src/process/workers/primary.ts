/**
 * The primary of several workers: binds the ops listener, starts and watches the workers, answers for all of them.
 * It hands connections over unread: no request and no token ever reaches it.
 */

import type { Config } from '../../config/config.ts'
import type { CrewReadiness } from '../../ops/health.ts'
import { crewReadiness } from '../../ops/health.ts'
import type { Logger } from '../../ops/log.ts'
import { flushLog } from '../../ops/log.ts'
import { MergedMetrics } from '../../ops/merge-metrics.ts'
import type { MetricsPage } from '../../ops/scrape.ts'
import { createOpsServer } from '../../ops/server.ts'
import type { WorkerMetrics } from '../../ops/worker-metrics.ts'
import { createWorkerMetrics } from '../../ops/worker-metrics.ts'
import { setTimer } from '../../timer.ts'
import { bind } from '../bind.ts'
import { createFork } from './child.ts'
import { Crew } from './crew.ts'
import type { RunOrder } from './messages.ts'
import { shareLimits } from './share.ts'
import type { Slot } from './slot.ts'

export interface RunningPrimary {
  readonly url: string
  readonly opsUrl: string
  /** Ready off, all workers drain; resolves when they have ended. */
  drain(): Promise<void>
  /** At once. The workers get no time to say or finish anything. */
  kill(): Promise<void>
}

export interface PrimaryOptions {
  readonly workers: number
  readonly version: string
  readonly log: Logger
  /** Run for each worker; it must call `runWorker`. */
  readonly program: string
  readonly args: readonly string[]
}

/** A probe is given up after a second, a scrape after ten: the answer comes before. */
const readinessTimeoutMs = 500
const metricsTimeoutMs = 2000
/** Beyond the workers' own deadline: one that still runs hangs. */
const drainSlackMs = 5000

/** Throws what a worker failed with when not all could be started: FaultError, ConfigError. */
export async function startPrimary(config: Config, options: PrimaryOptions): Promise<RunningPrimary> {
  const { log } = options
  const primary = assemblePrimary(config, options)
  const { crew, ops } = primary
  try {
    const opsUrl = await bind(ops, config.ops.listen, 'ops.listen')
    const url = await crew.start()
    const { workers, version } = options
    log.info({ listen: url, ops: opsUrl, upstream: config.upstream.url, version, workers }, 'listening')
    return {
      url,
      opsUrl,
      async drain() {
        primary.state.draining = true
        log.info({ delayMs: config.drain.delayMs }, 'draining')
        await crew.drain(config.drain.delayMs + config.drain.timeoutMs + drainSlackMs)
        await ops.close()
        await flushLog(log)
      },
      kill: () => crew.kill(),
    }
  } catch (error) {
    await ops.close()
    throw error
  }
}

function assemblePrimary(config: Config, { workers, version, log, program, args }: PrimaryOptions) {
  const state = { draining: false }
  const merged = new MergedMetrics()
  const metrics = createWorkerMetrics(() => crew.serving)
  const share = shareLimits(config, workers)
  const orders = Array.from({ length: workers }, (_, index): RunOrder => {
    return { kind: 'run', worker: index + 1, config: share, version }
  })
  const crew = new Crew({
    orders,
    fork: createFork(program, args),
    log,
    metrics,
    now: performance.now.bind(performance),
    setTimer,
    onEnded: (worker) => merged.ended(worker),
  })
  const ops = createOpsServer({
    readiness: () => readCrew(crew, state),
    metrics: () => scrape({ crew, merged, metrics, log }),
  })
  return { state, crew, ops }
}

async function readCrew(crew: Crew, { draining }: { readonly draining: boolean }): Promise<CrewReadiness> {
  const asked = crew.slots.map(async (slot) => {
    const readiness = await slot.ask('readiness', readinessTimeoutMs)
    return { worker: slot.worker, state: slot.state, readiness }
  })
  return crewReadiness(await Promise.all(asked), draining)
}

interface Scrape {
  readonly crew: Crew
  readonly merged: MergedMetrics
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

/** Never longer than the timeout: of a worker that does not answer the counters are those of its last answer. */
async function scrape({ crew, merged, metrics, log }: Scrape): Promise<MetricsPage> {
  const answered = new Set<number>()
  const askMetrics = async (slot: Slot): Promise<void> => {
    const samples = await slot.ask('metrics', metricsTimeoutMs)
    if (samples) {
      // Now and not when all have answered: the worker may have ended by then.
      merged.report(slot.worker, samples)
      answered.add(slot.worker)
    } else if (slot.state === 'serving') {
      metrics.countMissedScrape()
      log.warn({ worker: slot.worker }, 'worker did not answer')
    }
  }
  await Promise.all(crew.slots.map(askMetrics))
  const text = await merged.text(await metrics.registry.getMetricsAsJSON(), answered)
  return { contentType: merged.contentType, text }
}
