/**
 * A worker: the traffic part of a gate, run by a primary. It must take its configuration and the order to drain from
 * the primary alone, never from a file or a signal.
 */
import type { Config } from '../../config/config.ts'
import { describeError } from '../../ops/describe-error.ts'
import type { Logger } from '../../ops/log.ts'
import { createLogger } from '../../ops/log.ts'
import type { Defects } from '../defects.ts'
import { listenForDefects } from '../defects.ts'
import { drainSignals, ignoredSignals } from '../signal-names.ts'
import type { Traffic } from '../start-gate.ts'
import { createTraffic } from '../start-gate.ts'
import { toFault } from './fault.ts'
import type { PrimaryLink } from './link.ts'
import { linkToPrimary } from './link.ts'
import type { Answers, RunOrder } from './messages.ts'

/** Resolves to the exit code when it has drained, or has failed and said why. */
export async function runWorker(): Promise<number> {
  // A terminal sends Ctrl-C to every process of the group; the primary says when to drain.
  for (const signal of [...drainSignals, ...ignoredSignals]) process.on(signal, () => {})
  const link = linkToPrimary()
  await link.send({ kind: 'hello' })
  const order = await link.order
  if (order === undefined) return 0
  const log = createLogger(order.config.log).child({ worker: order.worker })
  const traffic = await serve(link, order, log)
  return traffic === undefined ? 1 : runUntilDrained(traffic, link.stop, listenForDefects(log))
}

/** A defect also drains the worker, so that running requests end well. A second defect ends it at once. */
async function runUntilDrained(traffic: Traffic, stop: Promise<void>, defects: Defects): Promise<number> {
  const failed = defects.next()
  await Promise.race([stop, failed])
  await Promise.race([traffic.drain().catch(defects.report), failed.then(() => defects.next())])
  return defects.count === 0 ? 0 : 1
}

/** Undefined when it cannot serve. The primary tells the user why. */
async function serve(link: PrimaryLink, { config, version }: RunOrder, log: Logger): Promise<Traffic | undefined> {
  try {
    const traffic = await createTraffic(config, { version, log, showsActivity: false })
    const url = await traffic.listen()
    const reload = (next: Config) => reloadTraffic(traffic, next)
    const { readiness, scrape, status, activeUsers } = traffic
    const activity = () => activeUsers.part()
    const sources = { readiness, metrics: scrape.samples, status, activity, reload }
    link.answerFrom(sources, (error) => log.warn({ err: describeError(error) }, 'no answer for the primary'))
    link.onReopen(traffic.reopenLogs)
    await link.send({ kind: 'listening', url })
    return traffic
  } catch (error) {
    const fault = toFault(error)
    if (fault === undefined) throw error
    await link.send({ kind: 'failed', fault })
    return undefined
  }
}

/** Any fault leaves the configuration in use that was. The primary tells the user why. */
async function reloadTraffic(traffic: Traffic, config: Config): Promise<Answers['reload']> {
  try {
    await traffic.reload(config)
    return { fault: undefined }
  } catch (error) {
    return { fault: toFault(error) ?? { kind: 'fault', message: describeError(error).message } }
  }
}
