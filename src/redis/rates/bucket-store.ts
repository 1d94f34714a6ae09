/**
 * Token buckets in Redis or Valkey, as `decide/rate-limiter.ts` keeps them in memory. Nobody waits for an answer longer than he was
 * told to, and where none comes nobody asks for a second.
 */
import { hash } from 'node:crypto'
import type { SetTimer } from '../../timer.ts'
import type { RedisConnection } from '../connection.ts'
import { StoreAway } from '../store-away.ts'

export interface BucketStoreParts {
  readonly redis: RedisConnection
  readonly prefix: string
  /** How long an answer is waited for. */
  readonly timeoutMs: number
  /** Milliseconds of a clock that never jumps. */
  readonly elapsed: () => number
  readonly setTimer: SetTimer
  /** Called when it changes. */
  readonly onState: (isReachable: boolean, detail: string) => void
}

export interface Bucket {
  /** Which limit, and whose bucket: it is hashed. */
  readonly name: string
  readonly key: string
  /** Time in which the bucket gains one, and in which it fills, in milliseconds. */
  readonly stepMs: number
  readonly fillMs: number
}

const pauseMs = 1000
/** So many late answers in a row are no accident. */
const mostLate = 3

/**
 * KEYS: bucket. ARGV: step, fill. The clock is that of Redis, so that the clocks of the gates do not matter. Returns how many
 * milliseconds are missing; nothing: one was taken.
 */
const script = `local t = redis.call('TIME')
local now, step, fill = t[1] * 1000 + t[2] / 1000, tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), now + fill) + step
local missing = full - now - fill
if missing > 0.01 then return string.format('%.3f', missing) end
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', string.format('%d', math.ceil(full - now)))
return ''`

export class BucketStore {
  readonly #parts: BucketStoreParts
  #pausedUntil = 0
  #isAway = false
  #late = 0

  constructor(parts: BucketStoreParts) {
    this.#parts = parts
  }

  /** False: it did not answer a moment ago. */
  get isAsked(): boolean {
    return this.#parts.elapsed() >= this.#pausedUntil
  }

  /** Takes one out of the bucket. How many milliseconds are missing until it holds one; undefined: nobody knows. Never rejects. */
  take(bucket: Bucket): Promise<number | undefined> {
    return new Promise((resolve) => {
      const state = { isOpen: true }
      const end = (missing: number | undefined) => {
        state.isOpen = false
        cancel()
        resolve(missing)
      }
      const giveUp = () => state.isOpen && end(this.#missed())
      // An answer that has arrived while this process was busy is read first.
      const cancel = this.#parts.setTimer(() => setImmediate(giveUp), this.#parts.timeoutMs)
      this.#run(bucket).then(
        (missing) => state.isOpen && end(this.#answered(missing)),
        (error: Error) => end(this.#pause(describe(error))),
      )
    })
  }

  close(): void {
    this.#parts.redis.close()
  }

  async #run({ name, key, stepMs, fillMs }: Bucket): Promise<number> {
    const place = `${this.#parts.prefix}rate:${name}:${hash('sha256', key, 'base64url').slice(0, hashLength)}`
    return Number(
      await this.#parts.redis.run((client) => client.eval(script, 1, place, String(stepMs), String(fillMs))),
    )
  }

  #missed(): undefined {
    this.#late++
    return this.#late < mostLate ? undefined : this.#pause(`no answer within ${this.#parts.timeoutMs} ms`)
  }

  #answered(missing: number): number {
    this.#late = 0
    if (this.#isAway) this.#parts.onState(true, '')
    this.#isAway = false
    return missing
  }

  #pause(detail: string): undefined {
    this.#pausedUntil = this.#parts.elapsed() + pauseMs
    if (!this.#isAway) this.#parts.onState(false, detail)
    this.#isAway = true
  }
}

/** 128 bits. */
const hashLength = 22

/** What is no fault of Redis is a defect, and not a reason to refuse anybody. */
function describe(error: Error): string {
  return error instanceof StoreAway ? error.message : `defect: ${error.message}`
}
