/**
 * Starts, drains and closes a gate: its parts, the key refresh and both listeners. A worker has the traffic part alone.
 * Must not read argv or the environment, and must not listen for signals.
 */
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { App } from '../gate/app.ts'
import { createApp } from '../gate/app.ts'
import type { GateParts } from '../gate/assemble.ts'
import { assembleGate } from '../gate/assemble.ts'
import type { Gate } from '../gate/gate.ts'
import { describeError } from '../ops/describe-error.ts'
import type { Readiness } from '../ops/health.ts'
import { readiness } from '../ops/health.ts'
import type { Logger } from '../ops/log.ts'
import { createLogger, flushLog } from '../ops/log.ts'
import type { Scrape } from '../ops/scrape.ts'
import { createOpsServer } from '../ops/server.ts'
import { setUnrefTimer } from '../timer.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'
import { startKeyRefresh } from '../tokens/keys/refresh.ts'
import { bind, unbind } from './bind.ts'

export interface RunningGate {
  /** The URL of the traffic listener, without a trailing slash. */
  readonly url: string
  readonly opsUrl: string
  /** Says it is not ready, serves on for `drain.delay`, stops listening, finishes running requests, closes. */
  drain(): Promise<void>
  /** Closes at once and cuts running requests. */
  close(): Promise<void>
}

/** Everything but the ops listener. Keys are fetched at once; callers are served after `listen`. */
export interface Traffic {
  readonly scrape: Scrape
  readiness(): Readiness
  /** Resolves to the URL, without a trailing slash. Throws FaultError when the listener cannot be bound. */
  listen(): Promise<string>
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
  const onFault = (error: unknown): void => log.error({ err: describeError(error) }, 'ops failed')
  const ops = createOpsServer({ readiness: traffic.readiness, metrics: traffic.scrape.page, onFault })
  const close = async (): Promise<void> => {
    await Promise.all([traffic.close(), ops.close()])
  }
  try {
    const opsUrl = await bind(ops, config.ops.listen, 'ops.listen')
    const url = await traffic.listen()
    log.info({ listen: url, ops: opsUrl, upstream: config.upstream.url, version: parts.version }, 'listening')
    return { url, opsUrl, drain: () => traffic.drain().then(() => ops.close()), close }
  } catch (error) {
    await close()
    throw error
  }
}

export async function createTraffic(config: Config, parts: GateParts & { readonly log: Logger }): Promise<Traffic> {
  const fetcher = createKeyFetcher({ proxy: config.proxy })
  const gate = await assembleGate(config, { ...parts, fetchKeys: fetcher.fetchKeys })
  const { delivery, lifecycle, observers } = gate
  const app = createApp(gate, config)
  const refresh = startKeyRefresh(gate.runtime.jwks, { now: lifecycle.now })
  const close = async (): Promise<void> => {
    lifecycle.close()
    const refreshed = refresh.stop()
    delivery.webSockets.destroyAll()
    app.closeAll()
    delivery.upstream.pool.close()
    delivery.expiringStreams?.stop()
    gate.runtime.login?.close()
    await Promise.all([unbind(app.fastify), fetcher.close(), refreshed])
    await flushLog(observers.log)
  }
  return {
    scrape: observers.scrape,
    readiness: () => readiness(gate.runtime.jwks.statuses(), lifecycle.isDraining),
    async listen() {
      const bound = await bind(app.fastify, config.listen, 'listen')
      openMetrics(gate)
      // Fastify does not know that the server it was given speaks TLS.
      return config.tls ? bound.replace('http:', 'https:') : bound
    },
    drain: () => drain({ gate, app, config, close }),
    close,
  }
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
  const { delivery, lifecycle, observers } = gate
  lifecycle.drain()
  observers.log.info({ delayMs: config.drain.delayMs }, 'draining')
  await sleep(config.drain.delayMs)
  // On a busy machine the timer may run before requests that have arrived are read. Their connections are closed next.
  await turnOfLoop()
  app.stopListening()
  delivery.webSockets.closeAll()
  const abort = new AbortController()
  const deadline = sleep(config.drain.timeoutMs, 'deadline', { signal: abort.signal }).catch(() => 'idle')
  const outcome = await Promise.race([lifecycle.whenIdle(), deadline])
  abort.abort()
  observers.log.info({ unfinished: outcome === 'deadline' ? lifecycle.openCount : 0 }, 'drained')
  await close()
}
