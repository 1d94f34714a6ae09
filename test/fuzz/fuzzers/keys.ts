/**
 * Token cache and key cache through rotations, withdrawals, outages, suspended machines and expiry, compared with a model
 * that caches nothing: it knows what the endpoint said last and when. No verdict is more permissive than that within
 * refreshInterval and maxStale, every refusal is true, and a pool in good health accepts what it should.
 */
import { equal, ok } from 'node:assert/strict'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { type KeyCase, keyCases, refreshSeconds, type Step, staleSeconds } from '../parts/key-life.ts'
import { createKeyWorld, type KeyWorld, keys, mintWith } from '../parts/key-world.ts'

interface Token {
  readonly text: string
  readonly key: number
  readonly expiresAt: number
}

interface Life {
  readonly world: KeyWorld
  readonly startedAt: number
  readonly latest: Map<number, Token>
  /** When each key was last seen to be published, and since when without a break. */
  readonly publishedAt: Map<number, number>
  readonly publishedSince: Map<number, number>
  /** When the endpoint was down, or time was slept through. */
  troubledAt: number
}

function open(): Session<KeyCase> {
  return {
    async check({ random, steps }) {
      const world = createKeyWorld(random)
      const startedAt = world.clock.now()
      const life: Life = {
        world,
        startedAt,
        latest: new Map(),
        publishedAt: new Map(),
        publishedSince: new Map([[0, startedAt]]),
        troubledAt: Number.NEGATIVE_INFINITY,
      }
      const verdicts = new Set<string>()
      for (const step of steps) {
        const verdict = await take(life, step)
        observe(life)
        if (verdict !== undefined) verdicts.add(verdict)
      }
      checkFetches(life)
      return [...verdicts].toSorted().join(' ') || 'nothing asked'
    },
  }
}

async function take(life: Life, step: Step): Promise<string | undefined> {
  const { world, latest } = life
  const { clock, endpoint } = world
  switch (step.do) {
    case 'publish':
      publish(life, step.keys)
      return undefined
    case 'answer':
    case 'fail':
      endpoint.answers = step.do === 'answer'
      return undefined
    case 'pass':
      await world.passTo(clock.now() + step.seconds * 1000)
      return undefined
    case 'sleep':
      clock.advance(step.seconds * 1000)
      life.troubledAt = clock.now()
      return undefined
    case 'ask': {
      const exp = Math.floor(clock.now() / 1000) + step.seconds
      latest.set(step.key, { text: mintWith(step.key, exp), key: step.key, expiresAt: exp * 1000 })
      return ask(life, step.key)
    }
    case 'askAgain':
      return ask(life, step.key)
  }
}

/** One key a kid: the first. */
function publish({ world, publishedSince }: Life, wanted: readonly number[]): void {
  const { clock, endpoint } = world
  endpoint.published = wanted.filter((key, at) => wanted.findIndex((other) => kidOf(other) === kidOf(key)) === at)
  for (const key of publishedSince.keys()) if (!endpoint.published.includes(key)) publishedSince.delete(key)
  for (const key of endpoint.published) if (!publishedSince.has(key)) publishedSince.set(key, clock.now())
}

function observe(life: Life): void {
  const { clock, endpoint } = life.world
  for (const key of endpoint.published) life.publishedAt.set(key, clock.now())
  if (!endpoint.answers) life.troubledAt = clock.now()
}

async function ask(life: Life, key: number): Promise<string | undefined> {
  const token = life.latest.get(key)
  if (token === undefined) return undefined
  const verdict = await life.world.ask(token.text)
  if (verdict === 'allow') checkAllowed(life, token)
  else checkRefused(life, token, verdict)
  return verdict
}

function checkAllowed({ world, publishedAt, troubledAt }: Life, { key, expiresAt }: Token): void {
  const now = world.clock.now()
  const { said, published } = world.endpoint
  ok(said, 'a key is trusted that was fetched')
  ok(now < expiresAt, 'an expired token is refused')
  ok(said.keys.includes(key), 'a key is trusted that the endpoint named last')
  ok(now < said.at + staleSeconds * 1000, 'a key is trusted no longer than maxStale')
  const goneForMs = published.includes(key) ? 0 : now - (publishedAt.get(key) ?? 0)
  const isTroubled = now - troubledAt <= refreshSeconds * 1000
  ok(isTroubled || goneForMs <= refreshSeconds * 1000, 'a withdrawn key is trusted no longer than refreshInterval')
}

function checkRefused(life: Life, { key, expiresAt }: Token, reason: string): void {
  const now = life.world.clock.now()
  const { said, failedLast } = life.world.endpoint
  const isStale = said === undefined || now >= said.at + staleSeconds * 1000
  const isTrue: Readonly<Record<string, boolean>> = {
    token_expired: now >= expiresAt,
    keys_unavailable: isStale || failedLast,
    key_unknown: !said?.keys.some((other) => kidOf(other) === kidOf(key)),
    signature_invalid: said?.keys.includes(key) === false && said.keys.some((other) => kidOf(other) === kidOf(key)),
  }
  equal(isTrue[reason], true, `a refusal with ${reason} is true`)
  const since = Math.max(life.publishedSince.get(key) ?? Number.POSITIVE_INFINITY, life.troubledAt, life.startedAt)
  const isHealthy = now < expiresAt && now - since > refreshSeconds * 1000
  ok(!isHealthy, `what has been in order for refreshInterval is accepted, not refused with ${reason}`)
}

/** No backoff is shorter than half a second, and no caller shortens the cooldown. */
function checkFetches({ world, startedAt }: Life): void {
  const elapsedMs = world.clock.now() - startedAt
  ok(world.endpoint.fetches <= 2 + elapsedMs / 500, `${world.endpoint.fetches} fetches in ${elapsedMs} ms`)
}

function kidOf(key: number): string | undefined {
  return keys[key]?.kid
}

export const keyCaches = defineFuzzer({ name: 'keys', cases: keyCases, open })
