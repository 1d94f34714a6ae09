/** A runtime with both its caches over one key endpoint of memory, and the record of what that endpoint really said. */
import { sign } from 'node:crypto'
import { decide } from '../../../src/decide/decide.ts'
import { compileRuntime } from '../../../src/decide/runtime.ts'
import { readFields } from '../../../src/headers/head-fields.ts'
import { makeKeyPair, publishKey } from '../../helpers/build-jwt.ts'
import { createClock } from '../../helpers/clock.ts'
import { rigDefaults } from '../../helpers/jwks-rig.ts'
import { createConfig, testIssuer, testPool } from '../../helpers/runtime.ts'
import { refreshSeconds, staleSeconds } from './key-life.ts'

const pairs = [makeKeyPair(), makeKeyPair(), makeKeyPair()] as const
/** The second replaces the first under its kid; the last is the first again under another. */
export const keys = [
  { kid: 'a', pair: pairs[0] },
  { kid: 'a', pair: pairs[1] },
  { kid: 'b', pair: pairs[2] },
  { kid: 'c', pair: pairs[0] },
] as const

/** What the endpoint said last, keys by index. */
interface Said {
  readonly at: number
  readonly keys: readonly number[]
}

export function createKeyWorld(random: number) {
  const clock = createClock()
  const endpoint = {
    answers: true,
    published: [0] as readonly number[],
    said: undefined as Said | undefined,
    failedLast: false,
    fetches: 0,
  }
  const config = createConfig({
    userPools: [{ ...testPool, jwksUri: 'https://keys.example/jwks.json' }],
    jwks: { ...rigDefaults, refreshIntervalMs: refreshSeconds * 1000, maxStaleMs: staleSeconds * 1000 },
    tokenCache: { maxEntries: 3, maxBytes: 1024 ** 2, maxAgeMs: 2 * staleSeconds * 1000 },
  })
  const runtime = compileRuntime(config, {
    async fetchKeys() {
      endpoint.fetches++
      endpoint.failedLast = !endpoint.answers
      if (!endpoint.answers) throw new Error('answered with status 503')
      endpoint.said = { at: clock.now(), keys: endpoint.published }
      return Buffer.from(JSON.stringify({ keys: endpoint.published.map(publish) }))
    },
    now: clock.now,
    random: () => random,
    onKeyEvent: () => undefined,
  })
  return {
    clock,
    endpoint,
    /** Does what is due until then, when it is due. */
    async passTo(until: number) {
      while (clock.now() < until) {
        await runtime.jwks.refreshDue()
        clock.set(Math.max(clock.now() + 1, Math.min(until, runtime.jwks.nextDueAt())))
      }
      await runtime.jwks.refreshDue()
    },
    /** `allow`, or the reason of the refusal. */
    async ask(token: string) {
      const head = { method: 'GET', url: '/', fields: readFields(['Host', 'h', 'Authorization', `Bearer ${token}`]) }
      const decision = await decide(runtime, head, clock.now())
      return decision.kind === 'refuse' ? decision.reason : decision.kind
    },
  }
}

export type KeyWorld = ReturnType<typeof createKeyWorld>

function publish(index: number): unknown {
  const key = keys[index]
  return key && publishKey(key.pair, key.kid)
}

/** Expires at that many seconds since the epoch. */
export function mintWith(index: number, exp: number): string {
  const { kid, pair } = keys[index] ?? keys[0]
  const header = { alg: 'RS256', kid }
  const claims = {
    sub: 's',
    iss: testIssuer,
    token_use: 'access',
    client_id: 'client1',
    exp,
    jti: String(Math.random()),
  }
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${sign('sha256', Buffer.from(input), pair.privateKey).toString('base64url')}`
}
