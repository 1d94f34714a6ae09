/** Joins a feed of revoked tokens to its two connections. */
import type { RedisEvents, RedisSettings } from '../connection.ts'
import { RedisConnection } from '../connection.ts'
import type { FeedEvents, FeedParts } from './feed.ts'
import { RevocationFeed } from './feed.ts'
import { SharedList } from './shared-list.ts'

export interface FeedOptions extends Pick<FeedParts, 'denylist' | 'now' | 'setTimer'> {
  readonly server: RedisSettings
  readonly prefix: string
  readonly events: FeedEvents & RedisEvents
}

/** A long list takes its time. A server that says nothing is given up earlier. */
const readMs = 10_000

/** Resolves once the list was read, or could not be. Returns what ends it. Throws like `readFileSync`. */
export async function openFeed({ server, prefix, events, ...parts }: FeedOptions): Promise<() => void> {
  const redis = new RedisConnection(server, events, readMs)
  const messages = new RedisConnection(server, { onState: () => undefined })
  const feed = new RevocationFeed({ ...parts, events, redis, messages, list: new SharedList(redis, prefix) })
  await feed.start()
  return () => feed.close()
}
