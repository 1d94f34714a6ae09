/**
 * `cogate check`: looks at everything that a start needs: configuration, keys, the connection to the upstream. Must not
 * listen.
 */
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { renderEffective } from '../config/render/describe.ts'
import { compileRuntime } from '../decide/runtime.ts'
import { countProcessors } from '../process/workers/processors.ts'
import { countWorkers } from '../process/workers/share.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'
import type { JwksEvent } from '../tokens/keys/jwks.ts'
import type { KeyStatus } from '../tokens/keys/pool-keys.ts'
import { createUpstream, reachUpstream } from '../upstream/upstream.ts'
import { readArguments } from './arguments.ts'
import type { Terminal } from './command.ts'

interface Finding {
  readonly ok: boolean
  readonly text: string
}

/**
 * Prints the effective configuration with secrets redacted, then one line for each finding. Exit code 1: one is bad.
 */
export async function checkCommand(argv: readonly string[], { env, print }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, { '--offline': 'switch' })
  const offline = given.has('--offline')
  const { config, origins } = loadConfig({ argv: rest, env })
  print(renderEffective(config, origins))
  const findings = await inspect(config, offline)
  for (const { ok, text } of findings) print(`${ok ? 'ok' : 'FAILED'}  ${text}\n`)
  return findings.every(({ ok }) => ok) ? 0 : 1
}

/** Offline it reads only what is on this machine, pinned keys and the snapshot included. */
async function inspect(config: Config, offline: boolean): Promise<readonly Finding[]> {
  const fetcher = createKeyFetcher()
  const events: JwksEvent[] = []
  try {
    const { jwks } = compileRuntime(config, {
      fetchKeys: fetcher.fetchKeys,
      now: Date.now,
      random: Math.random,
      onKeyEvent: (event) => events.push(event),
    })
    if (!offline) await jwks.refreshDue()
    const pinned = new Set(config.userPools.filter(({ jwksFile }) => jwksFile !== undefined).map(({ id }) => id))
    const pools = jwks.statuses().filter(({ pool }) => !offline || pinned.has(pool))
    const local = [
      inspectRoutes(config),
      ...inspectWorkers(config),
      ...pools.map((status) => inspectKeys(status, events)),
      ...inspectSnapshot(config, events),
    ]
    return offline ? local : [...local, await inspectUpstream(config), ...(await inspectSessions(config))]
  } finally {
    await fetcher.close()
  }
}

function inspectRoutes({ routes }: Config): Finding {
  return { ok: true, text: `routes: ${count(routes.length, 'rule')}; without a rule a verified token is required` }
}

/** The number that `auto` stands for depends on where the check runs. */
function inspectWorkers(config: Config): readonly Finding[] {
  if (config.workers !== 'auto') return []
  return [{ ok: true, text: `workers: auto, which is ${countWorkers(config, countProcessors())} here` }]
}

function inspectKeys({ pool, ready, keys, lastError }: KeyStatus, events: readonly JwksEvent[]): Finding {
  const found = count(keys, 'key')
  if (lastError !== undefined) {
    const rest = ready ? `; a start would use ${found} of the snapshot` : ''
    return { ok: false, text: `user pool ${pool}: ${lastError}${rest}` }
  }
  const rejected = events.find((event) => event.kind === 'key_rejected' && event.pool === pool)
  return { ok: ready, text: `user pool ${pool}: ${found}${rejected ? `; left out: ${rejected.detail}` : ''}` }
}

function inspectSnapshot({ jwks }: Config, events: readonly JwksEvent[]): readonly Finding[] {
  if (jwks.snapshotFile === undefined) return []
  const faults = events.filter(({ kind }) => kind === 'snapshot_failed' || kind === 'snapshot_ignored')
  const text = faults.map(({ detail }) => detail).join('; ') || 'usable'
  return [{ ok: faults.length === 0, text: `key snapshot ${jwks.snapshotFile}: ${text}` }]
}

async function inspectUpstream({ upstream: settings }: Config): Promise<Finding> {
  const upstream = createUpstream(settings)
  try {
    await reachUpstream(upstream)
    return { ok: true, text: `upstream ${settings.url}: reachable` }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string }
    // For a name with several addresses the error holds one error for each and has no message of its own.
    return { ok: false, text: `upstream ${settings.url}: ${message || code}` }
  } finally {
    upstream.pool.close()
  }
}

/** The client is loaded only for a configuration that needs it. */
async function inspectSessions({ login, session }: Config): Promise<readonly Finding[]> {
  const { url, caFile } = session.redis
  if (login.domain === undefined || session.store !== 'redis' || url === undefined) return []
  const { protocol, host } = new URL(url)
  const { RedisConnection } = await import('../login/session/redis/connection.ts')
  const redis = new RedisConnection({ url, caFile }, { onState: () => undefined })
  try {
    await redis.run((client) => client.ping())
    return [{ ok: true, text: `session store ${protocol}//${host}: reachable` }]
  } catch (error) {
    return [{ ok: false, text: `session store ${protocol}//${host}: ${(error as Error).message}` }]
  } finally {
    redis.close()
  }
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
