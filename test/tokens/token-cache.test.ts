import t from 'tap'
import type { TokenCacheConfig } from '../../src/config/config.ts'
import { TokenCache } from '../../src/tokens/token-cache.ts'
import { createCaller } from '../helpers/caller.ts'
import { createClock } from '../helpers/clock.ts'

const minute = 60_000
const signature = 's'.repeat(43)

function createCache(config: Partial<TokenCacheConfig> = {}) {
  return new TokenCache({ maxEntries: 100, maxBytes: 1024 ** 2, maxAgeMs: 60 * minute, ...config })
}

function callerUntil(expiresAtMs: number, token = 'a') {
  return createCaller({}, { expiresAtMs, token })
}

t.test('finds the token it was given, as the very same object', async (t) => {
  const { now } = createClock()
  const cache = createCache()
  const verified = callerUntil(now() + minute)
  t.equal(cache.get('a', now()), undefined)
  cache.set(verified, now())
  t.equal(cache.get('a', now()), verified)
  t.strictSame(cache.counts(), { hits: 1, misses: 1, evictions: 0, entries: 1 })
})

t.test('takes only the whole token for the same one', async (t) => {
  const { now } = createClock()
  const cache = createCache()
  const verified = callerUntil(now() + minute, `head-1.payload.${signature}`)
  cache.set(verified, now())
  for (const other of [`head-2.payload.${signature}`, signature, `x${signature}`, `head-1.payload.${signature}=`]) {
    t.equal(cache.get(other, now()), undefined, other)
  }
  t.equal(cache.get(`head-1.payload.${signature}`, now()), verified, 'a stranger with the same tail evicts nobody')
  t.strictSame(cache.counts(), { hits: 1, misses: 4, evictions: 0, entries: 1 })
})

t.test('keeps the latest of two tokens with the same tail', async (t) => {
  const { now } = createClock()
  const cache = createCache()
  cache.set(callerUntil(now() + minute, `1${signature}`), now())
  const second = callerUntil(now() + minute, `2${signature}`)
  cache.set(second, now())
  t.equal(cache.get(`1${signature}`, now()), undefined)
  t.equal(cache.get(`2${signature}`, now()), second)
  t.match(cache.counts(), { entries: 1, evictions: 0 })
})

t.test('compares the expiry with the clock at every hit', async (t) => {
  const clock = createClock()
  const cache = createCache()
  const verified = callerUntil(clock.now() + minute)
  cache.set(verified, clock.now())
  clock.advance(minute - 1)
  t.equal(cache.get('a', clock.now()), verified)
  clock.advance(1)
  t.equal(cache.get('a', clock.now()), undefined)
  t.match(cache.counts(), { entries: 0, evictions: 0 }, 'an expired entry is gone and not counted as evicted')
  clock.advance(-minute)
  t.equal(cache.get('a', clock.now()), undefined, 'and does not come back')
})

t.test('forgets a token at the configured age though it has not expired', async (t) => {
  const clock = createClock()
  const cache = createCache({ maxAgeMs: minute })
  cache.set(callerUntil(clock.now() + 60 * minute), clock.now())
  clock.advance(minute - 1)
  t.ok(cache.get('a', clock.now()))
  clock.advance(1)
  t.equal(cache.get('a', clock.now()), undefined, 'a hit makes it no younger')
})

t.test('forgets a token whose key was withdrawn', async (t) => {
  const { now } = createClock()
  const cache = createCache()
  const verified = callerUntil(now() + minute)
  cache.set(verified, now())
  verified.key.withdrawn = true
  t.equal(cache.get('a', now()), undefined)
  t.strictSame(cache.counts(), { hits: 0, misses: 1, evictions: 0, entries: 0 })
})

t.test('forgets every token of one key and no other', async (t) => {
  const { now } = createClock()
  const kept = callerUntil(now() + minute)
  const gone = callerUntil(now() + minute)
  for (const pattern of ['kkkk', 'gggg', 'gkgk', 'kggk', 'gkkg', 'kgkg']) {
    const cache = createCache()
    for (const [index, letter] of [...pattern].entries())
      cache.set({ ...(letter === 'k' ? kept : gone), token: `${letter}${index}` }, now())
    cache.forget(gone.key)
    const left = [...pattern].filter((letter, index) => cache.get(`${letter}${index}`, now()))
    t.equal(left.join(''), pattern.replaceAll('g', ''), pattern)
    t.match(cache.counts(), { entries: left.length, evictions: 0 })
  }
})

t.test('drops the least recently used token when there are too many, and counts it', async (t) => {
  const { now } = createClock()
  const cache = createCache({ maxEntries: 2 })
  cache.set(callerUntil(now() + minute), now())
  cache.set(callerUntil(now() + minute, 'b'), now())
  cache.get('a', now())
  cache.set(callerUntil(now() + minute, 'c'), now())
  t.ok(cache.get('a', now()))
  t.equal(cache.get('b', now()), undefined)
  t.ok(cache.get('c', now()))
  t.match(cache.counts(), { evictions: 1, entries: 2 })
})

t.test('holds no more than its bytes', async (t) => {
  const { now } = createClock()
  const measured = createCache()
  for (const letter of 'abc') measured.set(callerUntil(now() + minute, letter.repeat(1000)), now())
  const maxBytes = measured.bytes
  const cache = createCache({ maxBytes })
  for (const letter of 'abcd') cache.set(callerUntil(now() + minute, letter.repeat(1000)), now())
  t.match(cache.counts(), { evictions: 1, entries: 3 })
  t.ok(cache.bytes <= maxBytes)
  cache.set(callerUntil(now() + minute, 'z'.repeat(maxBytes)), now())
  t.equal(cache.get('z'.repeat(maxBytes), now()), undefined, 'a token larger than all of it is not held')
})
