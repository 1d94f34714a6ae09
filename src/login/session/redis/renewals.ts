/**
 * Renews sessions in Redis: one call to Cognito for all replicas, one at a time in this process for each session. Who does
 * not get the lock waits for the result of who has it. A sign-out wins over a renewal that is under way.
 */

import type { RedisConnection } from '../../../redis/connection.ts'
import { StoreAway } from '../../../redis/store-away.ts'
import type { Tokens } from '../../oauth/cognito.ts'
import type { Refresher } from '../refresher.ts'
import type { Taken, TokenRules } from '../session-tokens.ts'
import { readTokens, takeTokens } from '../session-tokens.ts'
import type { Ready, Renewed } from '../store.ts'
import type { Lock } from './lock.ts'
import { takeLock } from './lock.ts'
import type { Records } from './records.ts'
import type { RedisSession } from './redis-session.ts'
import { untilReachable } from './until-reachable.ts'

export interface RenewalParts {
  readonly redis: RedisConnection
  readonly records: Records
  readonly tokens: TokenRules
  readonly refresher: Refresher
  /** How long the result of another replica is waited for. */
  readonly patienceMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
  /** Between 0 and 1. */
  readonly random: () => number
}

/** So long, and up to four times as long, until the lock is asked for again. */
const pollMs = 50

export class Renewals {
  readonly #parts: RenewalParts
  readonly #running = new Map<string, Promise<Renewed<RedisSession>>>()

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  /** The tokens must be good at that time. */
  async renew(session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    const { sid } = session.handle
    const known = this.#running.get(sid)
    if (known) return known
    const result = this.#run(session, at).finally(() => this.#running.delete(sid))
    this.#running.set(sid, result)
    return result
  }

  async #run(session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    try {
      // Cognito was asked in vain a moment ago; another replica may have had more luck.
      const isPausing = this.#parts.refresher.isPausing(session.record.refreshToken ?? '')
      return isPausing ? await this.#renewedElsewhere(session, at) : await this.#renewOrWait(session, at)
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error
      return 'session_unavailable'
    }
  }

  async #renewedElsewhere(session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    const current = await this.#load(session)
    return typeof current === 'string' || isFresh(current, this.#timeOf(at)) ? current : 'session_unavailable'
  }

  async #renewOrWait(session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    const { redis, records, wait, random, patienceMs } = this.#parts
    const name = `${records.keyOf(session.handle.sid)}:lock`
    for (let waited = 0; ; ) {
      const lock = await takeLock({ redis, name, wait })
      if (lock) return this.#renewWith(lock, session, at).finally(() => lock.release())
      if (waited >= patienceMs) return 'session_unavailable'
      const pause = pollMs * (1 + 3 * random())
      await wait(pause)
      waited += pause
      const current = await this.#load(session)
      if (typeof current === 'string' || isFresh(current, this.#timeOf(at))) return current
    }
  }

  /** Another replica may have renewed it before the lock was free. */
  async #renewWith(lock: Lock, session: RedisSession, at: number): Promise<Renewed<RedisSession>> {
    const { refresher, tokens, records, now } = this.#parts
    const current = await this.#load(session)
    if (typeof current === 'string' || isFresh(current, this.#timeOf(at))) return current
    const { record, version } = current
    const result = await refresher.refresh(record.refreshToken ?? '')
    if (result.kind === 'failed') return 'session_unavailable'
    if (result.kind === 'ended') return this.#end(lock, current)
    const taken = await takeTokens(tokens, { record, tokens: result.tokens }, now())
    if (taken === 'session_invalid') await records.removeVersion(record.sid, version)
    if (taken === 'session_unavailable') await this.#keepRefreshToken(current, result.tokens)
    return typeof taken === 'string' ? taken : this.#save(current, taken)
  }

  /**
   * Cognito has refused the refresh token. That is the end only where nobody has a newer one, and nobody can be about to
   * write one.
   */
  async #end(lock: Lock, session: RedisSession): Promise<Renewed<RedisSession>> {
    const { records } = this.#parts
    const isHeld = await lock.isHeld()
    const current = await this.#load(session)
    if (typeof current === 'string') return current
    if (current.version !== session.version) return readyOr(current)
    if (!isHeld) return 'session_unavailable'
    await records.removeVersion(session.record.sid, session.version)
    return 'session_expired'
  }

  /** Cognito may take the old refresh token no longer: the new one is written as soon as Redis takes it. */
  async #save(session: RedisSession, taken: Taken): Promise<Renewed<RedisSession>> {
    const { records, wait, now } = this.#parts
    const { handle, version } = session
    const isSaved = await untilReachable(() => records.replace(handle, taken.record, version), wait)
    if (isSaved) return { ...session, ...taken, version: version + 1, loadedAt: now() }
    const current = await this.#load(session)
    return typeof current === 'string' ? current : readyOr(current)
  }

  /** The tokens cannot be verified now, and Cognito may take the old refresh token no longer. */
  async #keepRefreshToken({ handle, record, version }: RedisSession, tokens: Tokens): Promise<void> {
    const { refreshToken } = tokens
    // The same one: these tokens were kept before.
    if (refreshToken === undefined || refreshToken === record.refreshToken) return
    const { records, refresher, wait } = this.#parts
    refresher.keep(refreshToken, tokens)
    await untilReachable(() => records.replace(handle, { ...record, refreshToken }, version), wait)
  }

  #timeOf(at: number): number {
    return Math.max(at, this.#parts.now())
  }

  async #load(session: RedisSession): Promise<(RedisSession & Partial<Ready<RedisSession>>) | 'session_expired'> {
    const { records, tokens, now } = this.#parts
    const stored = await records.load(session.handle)
    if (stored === undefined) return 'session_expired'
    const facts = await readTokens(tokens, stored.record, now())
    const { handle, isCurrent } = session
    return { handle, isCurrent, ...stored, ...facts, loadedAt: now() }
  }
}

/** Its token is good, and need not be renewed yet. */
function isFresh(session: RedisSession, now: number): session is Ready<RedisSession> {
  return isReady(session) && now < session.renewAt
}

function isReady(session: RedisSession): session is Ready<RedisSession> {
  return session.caller !== undefined
}

function readyOr(session: RedisSession): Renewed<RedisSession> {
  return isReady(session) ? session : 'session_unavailable'
}
