/**
 * Keeps the list of revoked tokens of this process the same as the one in Redis: it reads it at the start, hears what is written, and
 * looks again after each new connection and every few seconds. What Redis has lost is kept.
 */
import type { SetTimer } from '../../timer.ts'
import type { Denylist } from '../../tokens/revocation/denylist.ts'
import type { DenyEntry } from '../../tokens/revocation/entries.ts'
import { EntrySet } from '../../tokens/revocation/entry-set.ts'
import type { RedisConnection } from '../connection.ts'
import { StoreAway } from '../store-away.ts'
import type { ListRead, ListState, SharedList } from './shared-list.ts'
import { readMessage } from './shared-list.ts'

export interface FeedEvents {
  /** What is written cannot be heard, although the list can be read. */
  readonly onDeaf: (detail: string) => void
  /** The list of this process has changed. */
  readonly onChange: () => void
  /** So many members of the list in Redis are no entries. They are left out. */
  readonly onUnreadable: (count: number) => void
  /** Redis has lost entries. So many that were known here stay until they end. */
  readonly onLost: (kept: number) => void
}

export interface FeedParts {
  readonly list: SharedList
  /** The connection of `list`. */
  readonly redis: RedisConnection
  /** A connection for messages alone. */
  readonly messages: RedisConnection
  readonly denylist: Denylist
  readonly events: FeedEvents
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly setTimer: SetTimer
}

const pollMs = 5000

/** Holds what is wrong with the connection for messages. */
type Check = () => Promise<string | undefined>

export class RevocationFeed {
  readonly #parts: FeedParts
  /** That of the list that this process has; undefined before it has one. */
  #state: ListState | undefined
  #kept: readonly DenyEntry[] = []
  #running: Promise<void> | undefined
  #isStale = false
  /** The list must be read, whatever its state says. */
  #isDoubted = false
  #isDeaf = false
  #hasClosed = false
  #cancel = (): void => {}

  constructor(parts: FeedParts) {
    this.#parts = parts
  }

  /** Resolves once the list was read, or could not be. Never rejects. */
  async start(): Promise<void> {
    const { list, redis, messages } = this.#parts
    const check = messages.listen(list.channel, {
      onMessage: (text) => this.#hear(text),
      onSubscribed: () => {
        this.#isDeaf = false
        void this.#catchUp()
      },
    })
    // Another server may be behind the address: one that counts the same version for another list.
    redis.onReady(() => void this.#doubt())
    await this.#checkAll(check)
    this.#poll(check)
  }

  close(): void {
    this.#hasClosed = true
    this.#cancel()
    this.#parts.redis.close()
    this.#parts.messages.close()
  }

  async #checkAll(check: Check): Promise<void> {
    const { redis, events } = this.#parts
    const [fault] = await Promise.all([check(), this.#catchUp()])
    if (fault === undefined || !redis.isReady || this.#isDeaf) return
    this.#isDeaf = true
    events.onDeaf(fault)
  }

  #poll(check: Check): void {
    if (this.#hasClosed) return
    this.#cancel = this.#parts.setTimer(() => {
      void this.#checkAll(check).then(() => this.#poll(check))
    }, pollMs)
  }

  /** One at a time. Who asks meanwhile gets another look afterwards. */
  #catchUp(): Promise<void> {
    this.#isStale = true
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** A version that is known may stand for other entries: a replica has taken over that was behind. */
  #doubt(): Promise<void> {
    this.#isDoubted = true
    return this.#catchUp()
  }

  async #look(): Promise<void> {
    const { list, denylist, now } = this.#parts
    try {
      while (this.#isStale && !this.#hasClosed) {
        this.#isStale = false
        const state = await list.state()
        const isDoubted = this.#isDoubted || !isSame(state, this.#state)
        this.#isDoubted = false
        if (isDoubted) this.#take(await list.read(now()))
        denylist.confirm(now())
      }
      denylist.forgetEnded('redis', now())
    } catch (error) {
      // The connection has told that Redis is away.
      if (!(error instanceof StoreAway)) throw error
    }
  }

  #take({ state, entries, unreadable }: ListRead): void {
    const { denylist, events, now } = this.#parts
    if (this.#state && !isLater(state, this.#state)) {
      const read = new EntrySet(entries)
      this.#kept = denylist.entriesOf('redis', now()).filter((entry) => !read.covers(entry))
      if (this.#kept.length > 0) events.onLost(this.#kept.length)
    }
    this.#state = state
    denylist.replace('redis', [...entries, ...this.#kept])
    events.onChange()
    if (unreadable > 0) events.onUnreadable(unreadable)
  }

  /** Only what follows at once on what is known can be taken without another look. */
  #hear(text: string): void {
    const { denylist, events, now } = this.#parts
    const message = readMessage(text)
    if (this.#running || message === undefined || !isNext(message, this.#state)) {
      void this.#doubt()
      return
    }
    this.#state = { id: message.id, version: message.version }
    denylist.add('redis', message.entry)
    denylist.confirm(now())
    events.onChange()
  }
}

function isNext(one: ListState, other: ListState | undefined): boolean {
  return other !== undefined && one.id === other.id && one.version === other.version + 1
}

function isSame(one: ListState, other: ListState | undefined): boolean {
  return other !== undefined && one.id === other.id && one.version === other.version
}

function isLater(one: ListState, other: ListState): boolean {
  return one.id === other.id && one.version > other.version
}
