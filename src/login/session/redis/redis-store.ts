/**
 * Sessions that live in Redis or Valkey, known to every replica. A session that was loaded is used for 30 seconds without a
 * question to Redis.
 */
import { LRUCache } from 'lru-cache'
import type { SetCookies } from '../../../decide/decision.ts'
import type { RedisEvents, RedisSettings } from '../../../redis/connection.ts'
import { RedisConnection } from '../../../redis/connection.ts'
import { StoreAway } from '../../../redis/store-away.ts'
import { payloadOf } from '../../oauth/verify-tokens.ts'
import type { CookieStoreParts } from '../cookie-store.ts'
import { ownText, setSession } from '../cookies.ts'
import type { TokenFacts } from '../session-tokens.ts'
import type { Absence, NewRecord, Ready, Renewal, Renewed, SessionStore } from '../store.ts'
import type { Handle } from './handle.ts'
import { newHandle, openHandle, sealHandle } from './handle.ts'
import { Records } from './records.ts'
import type { RedisSession } from './redis-session.ts'
import { heldBytes, withHandle } from './redis-session.ts'
import { Renewals } from './renewals.ts'
import { untilReachable } from './until-reachable.ts'

export interface RedisStoreParts extends CookieStoreParts {
  readonly redis: RedisSettings & { readonly prefix: string }
  readonly events: RedisEvents
  readonly patienceMs: number
  readonly wait: (ms: number) => Promise<void>
}

/** So long a session is used that was loaded. */
const warmMs = 30_000
/** Nobody who signs out waits longer for Redis. */
const removalMs = 1000

export class RedisStore implements SessionStore<RedisSession> {
  readonly renewsAlone = true
  readonly #parts: RedisStoreParts
  readonly #redis: RedisConnection
  readonly #records: Records
  readonly #renewals: Renewals
  /** By the text of the cookie. */
  readonly #handles: LRUCache<string, Handle>
  /** By id. */
  readonly #sessions: LRUCache<string, RedisSession>
  readonly #loads = new Map<string, Promise<RedisSession | undefined>>()

  /** Throws like `readFileSync` where the file of certificates cannot be read. */
  constructor(parts: RedisStoreParts) {
    const { rules, redis, events } = parts
    this.#parts = parts
    this.#redis = new RedisConnection(redis, events)
    this.#records = new Records(this.#redis, { ...rules, prefix: redis.prefix })
    this.#renewals = new Renewals({ ...parts, redis: this.#redis, records: this.#records, random: Math.random })
    const { maxEntries: max, maxBytes: maxSize } = rules
    this.#handles = new LRUCache({ max })
    this.#sessions = new LRUCache({ max, maxSize, sizeCalculation: heldBytes })
  }

  find(texts: readonly string[], now: number): RedisSession | Absence | Promise<RedisSession | Absence> {
    const handles = texts.flatMap((text) => this.#handleOf(text) ?? [])
    for (const handle of handles) {
      const known = this.#sessions.get(handle.sid)
      // A clock that was set back makes no session warm.
      if (known && Math.abs(now - known.loadedAt) < warmMs) return withHandle(known, handle)
    }
    return handles.length === 0 ? 'session_invalid' : this.#loadFirst(handles, now)
  }

  remember(session: RedisSession, facts: TokenFacts): Ready<RedisSession> {
    const ready = { ...session, ...facts }
    this.#keep(ready)
    return ready
  }

  async check(): Promise<void> {
    await this.#redis.run((client) => client.ping())
  }

  async begin(fresh: NewRecord, { now, header }: Renewal): Promise<SetCookies> {
    const handle = newHandle()
    const record = { sid: handle.sid, ...fresh }
    await this.#records.create(handle, record, payloadOf(record.accessToken).sub)
    this.#keep({ handle, record, version: 1, loadedAt: now, isCurrent: true })
    return this.#cookieOf(handle, { now, header, createdAt: now })
  }

  /** Redis hears of it at most ten times in the idle time. The cookie stays, unless the newest secret has not sealed it. */
  touch(session: RedisSession, { now, header }: Renewal): SetCookies {
    const { record, handle, isCurrent } = session
    if (now >= record.seenAt + this.#parts.rules.idleMs / 10) {
      this.#keep({ ...session, record: { ...record, seenAt: now } })
      this.#records.touch(record, now).catch(ignoreAway)
    }
    return isCurrent ? undefined : this.#cookieOf(handle, { now, header, createdAt: record.createdAt })
  }

  async renew(session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    const renewed = await this.#renewals.renew(session, at)
    if (typeof renewed !== 'string') {
      this.#keep(renewed)
      return withHandle(renewed, session.handle)
    }
    if (renewed !== 'session_unavailable') this.#sessions.delete(session.handle.sid)
    return renewed
  }

  idsOf(texts: readonly string[]): readonly string[] {
    return texts.flatMap((text) => this.#handleOf(text)?.sid ?? [])
  }

  async remove(sid: string): Promise<void> {
    this.#sessions.delete(sid)
    const { wait } = this.#parts
    const removal = untilReachable(() => this.#records.remove(sid), wait).catch(ignoreAway)
    await Promise.race([removal, wait(removalMs)])
  }

  close(): void {
    this.#redis.close()
  }

  #handleOf(text: string): Handle | undefined {
    const known = this.#handles.get(text)
    if (known) return known
    const { sealer, cookies } = this.#parts
    const handle = openHandle(text, sealer, cookies)
    if (handle) this.#handles.set(ownText(text), handle)
    return handle
  }

  async #loadFirst(handles: readonly Handle[], now: number): Promise<RedisSession | Absence> {
    for (const handle of handles) {
      const session = await this.#load(handle, now)
      if (session) return withHandle(session, handle)
    }
    return 'session_expired'
  }

  /** Once for all who ask at the same time. */
  #load(handle: Handle, now: number): Promise<RedisSession | undefined> {
    const { sid } = handle
    const known = this.#loads.get(sid)
    if (known) return known
    const result = this.#ask(handle, now).finally(() => this.#loads.delete(sid))
    this.#loads.set(sid, result)
    return result
  }

  /** What was found out about a token stays true while the record is the same. */
  async #ask(handle: Handle, now: number): Promise<RedisSession | undefined> {
    const stored = await this.#records.load(handle)
    const known = this.#sessions.get(handle.sid)
    if (stored === undefined) {
      this.#sessions.delete(handle.sid)
      return undefined
    }
    const isSame = known?.version === stored.version
    const session = { ...(isSame && known), ...stored, handle, isCurrent: handle.isCurrent, loadedAt: now }
    this.#keep(session)
    return session
  }

  /** A newer version is never replaced by an older one. */
  #keep(session: RedisSession): void {
    const { sid } = session.handle
    const known = this.#sessions.get(sid)
    if (known === undefined || known.version <= session.version) this.#sessions.set(sid, session)
  }

  /** It lasts as long as the session may at most: Redis knows when it ends before. */
  #cookieOf(handle: Handle, { now, header, createdAt }: Renewal & { readonly createdAt: number }): SetCookies {
    const { sealer, cookies, rules } = this.#parts
    const maxAgeMs = rules.remember ? createdAt + rules.absoluteMs - now : undefined
    return setSession(cookies, sealHandle(handle, sealer, cookies), { maxAgeMs, header })
  }
}

function ignoreAway(error: Error): void {
  if (!(error instanceof StoreAway)) throw error
}
