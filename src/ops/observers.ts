/**
 * What observes the gate: the log, the access log and the metrics, built from the configuration. What is switched off
 * must be absent.
 */
import type { Config } from '../config/config.ts'
import type { NameClient } from '../tokens/claim-rules.ts'
import type { Audit } from './audit/audit.ts'
import { ActiveUsers } from './cost/active-users.ts'
import type { Registry } from './exposition/registry.ts'
import type { MetricSources } from './exposition/sources.ts'
import type { Logger } from './log.ts'
import { withoutRedaction } from './log.ts'
import { Metrics } from './metrics.ts'
import type { Scrape } from './scrape.ts'
import { createScrape } from './scrape.ts'
import { RecentRefusals } from './status/recent-refusals.ts'
import type { StatusPart } from './status/status.ts'
import { readPart } from './status/status.ts'
import type { Tracing } from './tracing/tracing.ts'

export interface AccessLog {
  info(fields: object, message: string): void
  isLevelEnabled(level: string): boolean
}

export interface Observers {
  readonly log: Logger
  /** For access log lines only; undefined when none are written. */
  readonly accessLog: AccessLog | undefined
  /** Undefined without an audit log. */
  readonly audit: Audit | undefined
  /** Undefined without tracing. */
  readonly tracing: Tracing | undefined
  readonly metrics: Metrics
  readonly activeUsers: ActiveUsers
  readonly scrape: Scrape
  /** Undefined without the status page. */
  readonly refusals: RecentRefusals | undefined
  /** What this process has to say on the status page. */
  readonly status: () => StatusPart
}

export interface ObserverParts {
  readonly log: Logger
  readonly audit: Audit | undefined
  readonly tracing: Tracing | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Of the configuration in use. */
  readonly nameClient: NameClient
  /** Called when numbers are shown, and not before. */
  readonly sources: () => MetricSources
}

export function createObservers(
  config: Config,
  { log, audit, tracing, now, nameClient, sources }: ObserverParts,
): Observers {
  const refusals = config.ops.statusPage ? new RecentRefusals(now) : undefined
  const metrics = new Metrics(nameClient)
  const activeUsers = new ActiveUsers(config.activeUsers?.secret)
  return {
    log,
    accessLog: config.log.access ? withoutRedaction(log) : undefined,
    audit,
    tracing,
    metrics,
    activeUsers,
    refusals,
    status: () => readPart(metrics, sources(), refusals?.list() ?? []),
    scrape: createScrape(() => loadRegistry(metrics, sources())),
  }
}

/** Imported here, so that a start does not load the metrics library. */
async function loadRegistry(metrics: Metrics, sources: MetricSources): Promise<Registry> {
  const { createRegistry } = await import('./exposition/registry.ts')
  return createRegistry(metrics, sources)
}
