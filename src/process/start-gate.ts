/**
 * Starts, drains and closes a gate: its parts, the key refresh and both listeners. A worker has the traffic part alone.
 * Must not read argv or the environment, and must not listen for signals.
 */
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { Runtime } from '../decide/runtime.ts'
import { FaultError } from '../errors.ts'
import type { App } from '../gate/app.ts'
import { createApp } from '../gate/app.ts'
import type { GateParts } from '../gate/assembly/assemble.ts'
import { assembleGate } from '../gate/assembly/assemble.ts'
import { closeDelivery } from '../gate/assembly/delivery.ts'
import { compileGateRuntime, discardRuntime, replaceRuntime } from '../gate/assembly/runtime.ts'
import type { Gate, GateRuntime } from '../gate/gate.ts'
import { deliveriesOf } from '../gate/gate.ts'
import type { ActiveUsers } from '../ops/cost/active-users.ts'
import { keepActivity } from '../ops/cost/keep-activity.ts'
import { describeError } from '../ops/describe-error.ts'
import type { Readiness } from '../ops/health.ts'
import { readiness } from '../ops/health.ts'
import type { Logger } from '../ops/log.ts'
import { createLogger, flushLog, reportModeText } from '../ops/log.ts'
import type { Scrape } from '../ops/scrape.ts'
import { createOpsServer } from '../ops/server.ts'
import type { Status, StatusPart } from '../ops/status/status.ts'
import { readStatusFacts, writeStatus } from '../ops/status/status.ts'
import { setUnrefTimer } from '../timer.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'
import type { FetchKeys } from '../tokens/keys/jwks.ts'
import type { KeyStatus } from '../tokens/keys/pool-keys.ts'
import { startKeyRefresh } from '../tokens/keys/refresh.ts'
import { bind, unbind } from './bind.ts'
import type { Revocations } from './revocations.ts'
import { openRevocations } from './revocations.ts'

export interface RunningGate {
  /** The URL of the traffic listener, without a trailing slash. */
  readonly url: string
  readonly opsUrl: string
  /** Throws, and goes on as before, where the configuration cannot be used. Listeners, log and drain stay as they are. */
  reload(config: Config): Promise<void>
  /** Opens files of the log again. */
  reopenLogs(): void
  /** Says it is not ready, serves on for `drain.delay`, stops listening, finishes running requests, closes. */
  drain(): Promise<void>
  /** Closes at once and cuts running requests. */
  close(): Promise<void>
}

/** Everything but the ops listener. Keys are fetched at once; callers are served after `listen`. */
export interface Traffic {
  readonly scrape: Scrape
  /** Its part of the status page. */
  status(): StatusPart
  readonly activeUsers: ActiveUsers
  /** The ones in use. */
  config(): Config
  runtime(): Runtime
  /** Milliseconds since the epoch. */
  now(): number
  readiness(): Readiness
  /** Resolves to the URL, without a trailing slash. Throws FaultError when the listener cannot be bound. */
  listen(): Promise<string>
  /** As those of a running gate. */
  reopenLogs(): void
  reload(config: Config): Promise<void>
  drain(): Promise<void>
  close(): Promise<void>
}

/**
 * Throws FaultError when a listener cannot be bound. Cognito need not be reachable: the gate is not ready until it has
 * keys.
 */
export async function startGate(config: Config, parts: GateParts): Promise<RunningGate> {
  const log = parts.log ?? createLogger(config.log)
  const traffic = await createTraffic(config, { ...parts, log })
  const { activeUsers: users } = traffic
  const kept = keepActivity({ users, file: config.activeUsers?.file, log })
  const onFault = (error: unknown): void => log.error({ err: describeError(error) }, 'ops failed')
  const ops = createOpsServer({
    readiness: traffic.readiness,
    metrics: traffic.scrape.page,
    activity: () => users.part(),
    explain: config.ops.explain ? (asked) => explainRequest(asked, traffic) : undefined,
    status: config.ops.statusPage ? createStatus(traffic, parts) : undefined,
    onFault,
  })
  const close = async (): Promise<void> => {
    await Promise.all([traffic.close(), ops.close(), kept.end()])
  }
  try {
    const opsUrl = await bind(ops, config.ops.listen, 'ops.listen')
    const url = await traffic.listen()
    log.info({ listen: url, ops: opsUrl, upstream: config.upstream.url, version: parts.version }, 'listening')
    if (config.mode === 'report') log.warn(reportModeText)
    const drain = async () => {
      await traffic.drain()
      await Promise.all([ops.close(), kept.end()])
    }
    const { reload, reopenLogs } = traffic
    return { url, opsUrl, reload, reopenLogs, drain, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** With the keys that the gate has now. */
async function explainRequest(asked: unknown, { config, runtime, now }: Traffic) {
  const { answerQuestion } = await import('./explaining.ts')
  return answerQuestion(asked, { config: config(), runtime: runtime() }, now())
}

function createStatus(traffic: Traffic, { version, now = Date.now }: GateParts): () => Status {
  const startedAt = now()
  return () => {
    const facts = readStatusFacts(traffic.config(), version, startedAt)
    const { ready, draining } = traffic.readiness()
    return writeStatus(facts, { at: now(), ready, draining, workers: [] }, traffic.status())
  }
}

export async function createTraffic(config: Config, parts: GateParts & { readonly log: Logger }): Promise<Traffic> {
  const fetcher = createKeyFetcher({ proxy: config.proxy })
  const gate = await assembleGate(config, { ...parts, fetchKeys: fetcher.fetchKeys })
  const { lifecycle, observers } = gate
  const app = createApp(gate, config)
  const keys = { nextDueAt: () => gate.runtime.jwks.nextDueAt(), refreshDue: () => gate.runtime.jwks.refreshDue() }
  const refresh = startKeyRefresh(keys, { now: lifecycle.now })
  const state = { config, revocations: await openRevocations(revocationOptions(gate, gate.runtime, config)) }
  const close = async (): Promise<void> => {
    lifecycle.close()
    state.revocations.close()
    const refreshed = refresh.stop()
    for (const { webSockets } of deliveriesOf(gate)) webSockets.destroyAll()
    app.closeAll()
    for (const delivery of deliveriesOf(gate)) closeDelivery(delivery)
    gate.runtime.login?.close()
    gate.runtime.sharedRates?.close()
    await Promise.all([unbind(app.fastify), fetcher.close(), refreshed])
    await Promise.all([flushLog(observers.log), observers.audit?.flush(), observers.tracing?.close()])
  }
  return {
    scrape: observers.scrape,
    status: observers.status,
    activeUsers: observers.activeUsers,
    config: () => state.config,
    runtime: () => gate.runtime,
    now: lifecycle.now,
    readiness: () => readiness(gate.runtime.jwks.statuses(), lifecycle.isDraining),
    async listen() {
      const bound = await bind(app.fastify, config.listen, 'listen')
      openMetrics(gate)
      // Fastify does not know that the server it was given speaks TLS.
      return config.tls ? bound.replace('http:', 'https:') : bound
    },
    async reload(next) {
      const { fetchKeys } = fetcher
      state.revocations = await reloadGate(gate, next, {
        before: state.config,
        fetchKeys,
        revocations: state.revocations,
      })
      state.config = next
    },
    reopenLogs: () => observers.audit?.reopen(),
    drain: () => drain({ gate, app, config, close }),
    close,
  }
}

function revocationOptions({ observers, lifecycle }: Gate, { verifier }: GateRuntime, config: Config) {
  return { denylist: verifier.denylist, config, log: observers.log, now: lifecycle.now }
}

interface Reload {
  readonly before: Config
  readonly fetchKeys: FetchKeys
  readonly revocations: Revocations
}

/**
 * Throws, and changes nothing, where `config` cannot be compiled or a user pool has no keys. What keeps the list of revoked
 * tokens up to date goes on where the list is the same.
 */
async function reloadGate(gate: Gate, config: Config, reload: Reload): Promise<Revocations> {
  const { observers, lifecycle, runtime } = gate
  const { before, fetchKeys, revocations } = reload
  const next = await compileGateRuntime(config, { observers, lifecycle, fetchKeys }, { config: before, runtime })
  try {
    const missing = next.jwks === runtime.jwks ? undefined : await fetchMissingKeys(next)
    if (missing)
      throw new FaultError(`user pool ${missing.pool} has no keys: ${missing.lastError ?? 'none was published'}`)
    const isKnown = next.verifier.denylist === revocations.denylist
    const opened = isKnown
      ? revocations
      : await openRevocations({ ...revocationOptions(gate, next, config), before: revocations.denylist })
    replaceRuntime(gate, next, { graceMs: config.drain.timeoutMs })
    if (!isKnown) revocations.close()
    return opened
  } catch (error) {
    discardRuntime(next, runtime)
    throw error
  }
}

/** A user pool that has no keys even then. */
async function fetchMissingKeys({ jwks }: GateRuntime): Promise<KeyStatus | undefined> {
  if (jwks.statuses().some(({ ready }) => !ready)) await jwks.refreshDue()
  return jwks.statuses().find(({ ready }) => !ready)
}

/** Metrics are loaded after the first requests: it takes about 50 ms, in which nothing is answered (ADR 0014). */
const metricsDelayMs = 1000

function openMetrics({ lifecycle, observers: { log, scrape } }: Gate): void {
  const failed = (error: Error) => log.warn({ err: describeError(error) }, 'metrics could not be loaded')
  setUnrefTimer(() => lifecycle.isClosed || scrape.open().catch(failed), metricsDelayMs)
}

interface Draining {
  readonly gate: Gate
  readonly app: App
  readonly config: Config
  readonly close: () => Promise<void>
}

/** Orchestrators still send requests for a while after they asked the gate to stop. The delay serves those too. */
async function drain({ gate, app, config, close }: Draining): Promise<void> {
  const { lifecycle, observers } = gate
  lifecycle.drain()
  observers.log.info({ delayMs: config.drain.delayMs }, 'draining')
  await sleep(config.drain.delayMs)
  // On a busy machine the timer may run before requests that have arrived are read. Their connections are closed next.
  await turnOfLoop()
  app.stopListening()
  for (const { webSockets } of deliveriesOf(gate)) webSockets.closeAll()
  const abort = new AbortController()
  const deadline = sleep(config.drain.timeoutMs, 'deadline', { signal: abort.signal }).catch(() => 'idle')
  const outcome = await Promise.race([lifecycle.whenIdle(), deadline])
  abort.abort()
  observers.log.info({ unfinished: outcome === 'deadline' ? lifecycle.openCount : 0 }, 'drained')
  await close()
}
