/**
 * Keeps the list of revoked tokens of a gate up to date: from its file, and from Redis. Nothing that talks to Redis is loaded where
 * no list is there.
 */
import type { Config } from '../config/config.ts'
import { revocationServer } from '../config/redis.ts'
import type { Logger } from '../ops/log.ts'
import { setUnrefTimer } from '../timer.ts'
import type { Denylist } from '../tokens/revocation/denylist.ts'
import { watchDenylist } from './watch-denylist.ts'

export interface RevocationOptions {
  /** That of the configuration. Undefined: it has none. */
  readonly denylist: Denylist | undefined
  /** What it held of the list in Redis counts until that was read. */
  readonly before?: Denylist | undefined
  readonly config: Config
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** A list that is kept up to date until it is closed. */
export interface Revocations {
  readonly denylist: Denylist | undefined
  close(): void
}

/**
 * Resolves once the list in Redis was read, or could not be. Throws like `readFileSync` where a file of the connection cannot be
 * read.
 */
export async function openRevocations({ denylist, ...options }: RevocationOptions): Promise<Revocations> {
  if (denylist === undefined) return { denylist, close() {} }
  const { config, log } = options
  const endFeed = await followRedis(denylist, options)
  const { file } = config.revocation
  const endWatch = file === undefined ? undefined : watchDenylist({ denylist, file, log })
  return {
    denylist,
    close() {
      endWatch?.()
      endFeed?.()
    },
  }
}

type FollowOptions = Omit<RevocationOptions, 'denylist'>

/** Returns what ends it; undefined: no list is in Redis. */
async function followRedis(
  denylist: Denylist,
  { before, config, log, now }: FollowOptions,
): Promise<(() => void) | undefined> {
  const server = revocationServer(config)
  if (server === undefined) return undefined
  const { openFeed } = await import('../redis/revocations/open-feed.ts')
  const { redis, onStoreFailure, maxLagMs } = config.revocation
  denylist.follow(onStoreFailure === 'deny' ? maxLagMs : Number.POSITIVE_INFINITY, now())
  if (before) denylist.replace('redis', before.entriesOf('redis', now()))
  return openFeed({
    server,
    prefix: redis.prefix,
    denylist,
    now,
    setTimer: setUnrefTimer,
    events: {
      onState(isReachable, detail) {
        if (isReachable) log.info('revocation store back')
        else log.warn({ detail, onStoreFailure }, 'revocation store away; the list stays as it was')
      },
      onDeaf: (detail) => log.warn({ detail }, 'revocations are not heard; the list is asked for every 5 seconds'),
      onChange: () => log.info({ source: 'redis', entries: denylist.size }, 'revocations read'),
      onUnreadable: (count) => log.error({ source: 'redis', count }, 'revocations that cannot be read are left out'),
      onLost: (kept) =>
        log.error({ source: 'redis', kept }, 'revocation store lost its list; what is known here stays'),
    },
  })
}
