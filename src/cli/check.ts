/**
 * `cogate check`: looks at everything that a start needs: configuration, keys, an answer of the upstream. Must not
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
import { askUpstream, createUpstream, reachUpstream } from '../upstream/upstream.ts'
import { readArguments } from './arguments.ts'
import type { Terminal } from './command.ts'

interface Finding {
  readonly ok: boolean
  /** Worth a look, and no fault. */
  readonly warning?: true
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
  for (const finding of findings) print(`${verdictOf(finding)}  ${finding.text}\n`)
  return findings.every(({ ok }) => ok) ? 0 : 1
}

function verdictOf({ ok, warning }: Finding): string {
  if (warning) return 'warning'
  return ok ? 'ok' : 'FAILED'
}

/** Offline it reads only what is on this machine, pinned keys and the snapshot included. */
async function inspect(config: Config, offline: boolean): Promise<readonly Finding[]> {
  const fetcher = createKeyFetcher({ proxy: config.proxy })
  const events: JwksEvent[] = []
  try {
    const { jwks, headers } = compileRuntime(config, {
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
      ...inspectIdentity(config, headers.identity.mergesPools),
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

function inspectIdentity({ identityHeaders, userPools }: Config, mergesPools: boolean): readonly Finding[] {
  if (!mergesPools) return []
  const table = identityHeaders.set ? 'identityHeaders.set' : `the preset ${identityHeaders.preset}`
  const pools = userPools.map(({ id }) => id).join(' and ')
  const text = `${table} tells the service no user pool: users with one name in ${pools} are one user there. Send the claim sub or iss as well (identityHeaders.set), or give each pool its own paths (routes[].userPools)`
  return [{ ok: true, warning: true, text }]
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

/** Any answer is good: what it says is up to the service. */
async function inspectUpstream({ upstream: settings }: Config): Promise<Finding> {
  const { url } = settings
  const upstream = createUpstream(settings)
  try {
    const status = await askUpstream(upstream, url.startsWith('unix:') ? 'localhost' : new URL(url).host)
    if (status === 400 && (await speaksTls(settings))) return { ok: false, text: `upstream ${url}: ${useTls(url)}` }
    return { ok: true, text: `upstream ${url}: answered GET / with ${status}` }
  } catch (error) {
    const text = (await speaksTls(settings)) ? useTls(url) : describe(error)
    return { ok: false, text: `upstream ${url}: ${text}` }
  } finally {
    upstream.pool.close()
  }
}

/** Whether TLS is spoken where the configuration has plain http. Sends nothing but the handshake. */
async function speaksTls(settings: Config['upstream']): Promise<boolean> {
  if (!settings.url.startsWith('http:')) return false
  const upstream = createUpstream({ ...settings, url: secureUrl(settings.url), tls: { insecureSkipVerify: true } })
  try {
    await reachUpstream(upstream)
    return true
  } catch {
    return false
  } finally {
    upstream.pool.close()
  }
}

function secureUrl(url: string): string {
  const { host, port } = new URL(url)
  return `https://${port === '' ? `${host}:80` : host}`
}

function useTls(url: string): string {
  return `this port speaks TLS: write ${secureUrl(url)}`
}

/** For a name with several addresses the error holds one error for each and has no message of its own. */
function describe(error: unknown): string {
  const { message, code, cause } = error as Error & { readonly code?: string }
  return message || code || (cause instanceof Error ? describe(cause) : 'no answer')
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
