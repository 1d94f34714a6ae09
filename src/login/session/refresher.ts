/**
 * Renews the tokens of sessions: one call for each refresh token, whoever and however many ask. A call is not tied to a
 * request, and goes on when its caller has left.
 */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Tokens } from '../oauth/cognito.ts'
import { CognitoError } from '../oauth/cognito.ts'

export type Refreshed =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  /** Cognito no longer takes the refresh token. */
  | { readonly kind: 'ended' }
  /** It may work later. */
  | { readonly kind: 'failed' }

export interface RefresherOptions {
  readonly refresh: (refreshToken: string) => Promise<Tokens>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onResult: (result: 'ok' | 'ended' | 'failed', error?: CognitoError) => void
}

interface Attempt {
  readonly result: Promise<Refreshed>
  /** Until when the result is given to whoever asks; undefined while the call runs. */
  keptUntil: number | undefined
  readonly failures: number
}

/** A request that was under way with the old cookie gets the same tokens. */
const keptMs = 60_000
/**
 * Where the refresh token has changed, the old one is spent: whoever never got the new cookie (an answer that failed, a
 * browser that left) gets the same tokens as long as most of them live.
 */
const rotatedMs = 5 * 60_000
const firstPauseMs = 5000
const longestPauseMs = 60_000
/** Cognito allows 120 calls a second in a region; one process stays far below. */
const maxRunning = 50
const maxKept = 10_000

export class Refresher {
  readonly #options: RefresherOptions
  readonly #attempts = new LRUCache<string, Attempt>({ max: maxKept })
  #running = 0

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  refresh(refreshToken: string): Promise<Refreshed> {
    const key = keyOf(refreshToken)
    const known = this.#attempts.get(key)
    if (known && (known.keptUntil === undefined || this.#isKept(known, known.keptUntil))) return known.result
    if (this.#running >= maxRunning) return Promise.resolve(failed)
    const attempt: Attempt = { result: this.#call(refreshToken), keptUntil: undefined, failures: known?.failures ?? 0 }
    this.#attempts.set(key, attempt)
    void attempt.result.then((result) => this.#settle(key, attempt, result))
    return attempt.result
  }

  /** For tokens that cannot be used yet: for a minute, whoever comes with their refresh token gets them, and Cognito is not asked. */
  keep(refreshToken: string, tokens: Tokens): void {
    const result = Promise.resolve({ kind: 'tokens', tokens } as const)
    this.#attempts.set(keyOf(refreshToken), { result, keptUntil: this.#options.now() + keptMs, failures: 0 })
  }

  /** The last call has failed a moment ago. */
  isPausing(refreshToken: string): boolean {
    const known = this.#attempts.get(keyOf(refreshToken))
    return known?.keptUntil !== undefined && known.failures > 0 && this.#isKept(known, known.keptUntil)
  }

  /** A clock that was set back prolongs no pause. A refresh token that was spent is not sent again for it. */
  #isKept({ failures }: Attempt, keptUntil: number): boolean {
    const left = keptUntil - this.#options.now()
    return left > 0 && (failures === 0 || left <= longestPauseMs)
  }

  async #call(refreshToken: string): Promise<Refreshed> {
    this.#running++
    try {
      const tokens = await this.#options.refresh(refreshToken)
      this.#options.onResult('ok')
      return { kind: 'tokens', tokens }
    } catch (error) {
      if (!(error instanceof CognitoError)) throw error
      const kind = error.kind === 'refused' ? 'ended' : 'failed'
      this.#options.onResult(kind, error)
      return { kind }
    } finally {
      this.#running--
    }
  }

  /** After a failure there is a pause, which grows with each further one. */
  #settle(key: string, attempt: Attempt, result: Refreshed): void {
    const failures = result.kind === 'failed' ? attempt.failures + 1 : 0
    const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)
    const keptUntil = this.#options.now() + (result.kind === 'failed' ? pauseMs : keepFor(result))
    this.#attempts.set(key, { result: attempt.result, keptUntil, failures })
  }
}

function keyOf(refreshToken: string): string {
  return hash('sha256', refreshToken, 'base64url')
}

function keepFor(result: Refreshed): number {
  return result.kind === 'tokens' && result.tokens.refreshToken !== undefined ? rotatedMs : keptMs
}

const failed = { kind: 'failed' } as const
