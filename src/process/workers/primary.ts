/**
 * The primary of several workers: binds the ops listener, starts and watches the workers, and answers /readyz and
 * /metrics for all of them. It passes connections on unread and must never see a request or a token.
 */
import type { Config } from '../../config/config.ts'
import { ActiveUsers } from '../../ops/cost/active-users.ts'
import { keepActivity } from '../../ops/cost/keep-activity.ts'
import { describeError } from '../../ops/describe-error.ts'
import { MergedMetrics } from '../../ops/exposition/merge-metrics.ts'
import type { LastReload } from '../../ops/exposition/reload-gauges.ts'
import type { WorkerMetrics } from '../../ops/exposition/worker-metrics.ts'
import { createWorkerMetrics } from '../../ops/exposition/worker-metrics.ts'
import type { CrewReadiness } from '../../ops/health.ts'
import { crewReadiness } from '../../ops/health.ts'
import type { Logger } from '../../ops/log.ts'
import { flushLog, reportModeText } from '../../ops/log.ts'
import type { MetricsPage } from '../../ops/scrape.ts'
import type { OpsSources } from '../../ops/server.ts'
import { createOpsServer } from '../../ops/server.ts'
import { MergedStatus } from '../../ops/status/merged-status.ts'
import type { Status, StatusFacts } from '../../ops/status/status.ts'
import { readStatusFacts, writeStatus } from '../../ops/status/status.ts'
import { setTimer } from '../../timer.ts'
import { bind } from '../bind.ts'
import type { OwnExplainer } from '../explaining.ts'
import { createFork } from './child.ts'
import { Crew } from './crew.ts'
import { KnownIdentity } from './known-identity.ts'
import { KnownTls } from './known-tls.ts'
import type { RunOrder } from './messages.ts'
import { shareLimits } from './share.ts'
import type { Slot } from './slot.ts'

export interface RunningPrimary {
  readonly url: string
  readonly opsUrl: string
  /** Throws, and all workers go on as before, where one of them cannot use the configuration. */
  reload(config: Config): Promise<void>
  /** Opens files of the log again, in each worker. */
  reopenLogs(): void
  /** Says it is not ready and drains all workers. Resolves when they have ended. */
  drain(): Promise<void>
  /** Kills the workers at once; running requests are cut. */
  kill(): Promise<void>
}

export interface PrimaryOptions {
  readonly workers: number
  readonly version: string
  readonly log: Logger
  readonly lastReload: () => LastReload
  /** The program of each worker; it must call `runWorker`. */
  readonly program: string
  readonly args: readonly string[]
}

/** Shorter than what usually waits for them: a second for a probe, ten seconds for a scrape. */
const readinessTimeoutMs = 500
const metricsTimeoutMs = 2000
/** Added to the workers' own deadline. A worker that still runs then hangs and is killed. */
const drainSlackMs = 5000

/** Throws the FaultError or ConfigError of a worker when not all could be started. */
export async function startPrimary(config: Config, options: PrimaryOptions): Promise<RunningPrimary> {
  const { log } = options
  const identity = new KnownIdentity()
  const share = (next: Config) => identity.addTo(shareLimits(next, options.workers))
  const primary = assemblePrimary(config, options, await share(config))
  const { crew, ops, unwatch, users } = primary
  const collect = () => collectActivity(crew, users)
  const kept = keepActivity({ users, file: config.activeUsers?.file, collect, log })
  try {
    const opsUrl = await bind(ops, config.ops.listen, 'ops.listen')
    const url = await crew.start()
    const { workers, version } = options
    log.info({ listen: url, ops: opsUrl, upstream: config.upstream.url, version, workers }, 'listening')
    if (config.mode === 'report') log.warn(reportModeText)
    return {
      url,
      opsUrl,
      async reload(next) {
        await crew.reload(await share(next), await share(primary.state.config))
        primary.state.config = next
      },
      reopenLogs() {
        for (const slot of crew.slots) slot.reopenLogs()
      },
      async drain() {
        primary.state.draining = true
        log.info({ delayMs: config.drain.delayMs }, 'draining')
        const drained = crew.drain(config.drain.delayMs + config.drain.timeoutMs + drainSlackMs)
        await Promise.all([kept.end(), drained])
        unwatch()
        await ops.close()
        await flushLog(log)
      },
      kill: () => crew.kill(),
    }
  } catch (error) {
    unwatch()
    await ops.close()
    throw error
  }
}

/** `own` is what each worker gets. */
function assemblePrimary(config: Config, options: PrimaryOptions, own: Config) {
  const { workers, version, log, lastReload, program, args } = options
  const state = { draining: false, config }
  const merged = new MergedMetrics()
  const status = new MergedStatus()
  const startedAt = Date.now()
  const facts = () => readStatusFacts(state.config, version, startedAt)
  const users = new ActiveUsers(config.activeUsers?.secret)
  const activity = () => users.current(Date.now())
  const metrics = createWorkerMetrics({ countServing: () => crew.serving, lastReload, activity })
  const tls = new KnownTls(own)
  const orders = Array.from({ length: workers }, (_, index): RunOrder => {
    return { kind: 'run', worker: index + 1, config: own, version }
  })
  const crew = new Crew({
    orders,
    prepare: (order) => ({ ...order, config: tls.addTo(order.config) }),
    fork: createFork(program, args),
    log,
    metrics,
    now: performance.now.bind(performance),
    setTimer,
    onEnded: (worker) => {
      merged.ended(worker)
      status.ended(worker)
    },
  })
  const ops = createOpsServer({
    readiness: () => readCrew(crew, state),
    metrics: () => scrape({ crew, merged, metrics, users, log }),
    activity: () => collectActivity(crew, users).then(() => users.part()),
    explain: config.ops.explain ? explainHere(() => state.config) : undefined,
    status: config.ops.statusPage ? () => readStatus({ crew, status, facts: facts(), state }) : undefined,
    onFault: (error) => log.error({ err: describeError(error) }, 'ops failed'),
  })
  return { state, crew, ops, users, unwatch: tls.watch() }
}

/** A token must not travel to a worker: the primary judges it itself, with keys of its own. */
function explainHere(config: () => Config): NonNullable<OpsSources['explain']> {
  const loaded: { explainer?: Promise<OwnExplainer> } = {}
  return async (asked) => {
    loaded.explainer ??= import('../explaining.ts').then((own) => new own.OwnExplainer(config))
    return (await loaded.explainer).answer(asked, Date.now())
  }
}

async function readCrew(crew: Crew, { draining }: { readonly draining: boolean }): Promise<CrewReadiness> {
  const asked = crew.slots.map(async (slot) => {
    const readiness = await slot.ask('readiness', readinessTimeoutMs)
    return { worker: slot.worker, state: slot.state, readiness }
  })
  return crewReadiness(await Promise.all(asked), draining)
}

/** Takes no longer than the timeout. What a worker has told stays, also when it has ended. */
async function collectActivity(crew: Crew, users: ActiveUsers): Promise<void> {
  const parts = await Promise.all(crew.slots.map((slot) => slot.ask('activity', metricsTimeoutMs)))
  for (const part of parts) if (part !== undefined) users.merge(part)
}

interface StatusSources {
  readonly crew: Crew
  readonly status: MergedStatus
  readonly facts: StatusFacts
  readonly state: { readonly draining: boolean }
}

/** Takes no longer than the timeout. A worker that does not answer counts with its last totals. */
async function readStatus({ crew, status, facts, state }: StatusSources): Promise<Status> {
  const answered = new Set<number>()
  const askStatus = async (slot: Slot): Promise<void> => {
    const part = await slot.ask('status', readinessTimeoutMs)
    if (part === undefined) return
    status.report(slot.worker, part)
    answered.add(slot.worker)
  }
  const [{ ready, draining, workers }] = await Promise.all([readCrew(crew, state), ...crew.slots.map(askStatus)])
  const states = workers.map(({ worker, state, ready }) => ({ worker, state, ready }))
  return writeStatus(facts, { at: Date.now(), ready, draining, workers: states }, status.whole(answered))
}

interface Scrape {
  readonly crew: Crew
  readonly merged: MergedMetrics
  readonly metrics: WorkerMetrics
  readonly users: ActiveUsers
  readonly log: Logger
}

/** Takes no longer than the timeout. A worker that does not answer counts with its last totals. */
async function scrape({ crew, merged, metrics, users, log }: Scrape): Promise<MetricsPage> {
  const answered = new Set<number>()
  const askMetrics = async (slot: Slot): Promise<void> => {
    const samples = await slot.ask('metrics', metricsTimeoutMs)
    if (samples) {
      // At once, because the worker may end before all have answered.
      merged.report(slot.worker, samples)
      answered.add(slot.worker)
    } else if (slot.state === 'serving') {
      metrics.countMissedScrape()
      log.warn({ worker: slot.worker }, 'worker did not answer')
    }
  }
  await Promise.all([...crew.slots.map(askMetrics), collectActivity(crew, users)])
  const text = await merged.text(await metrics.registry.getMetricsAsJSON(), answered)
  return { contentType: merged.contentType, text }
}
