/**
 * One replica at a time renews a session. The lock ends by itself when its holder dies, and is prolonged while the holder
 * lives, however long Cognito takes.
 */
import { randomBytes } from 'node:crypto'
import type { RedisConnection } from '../../../redis/connection.ts'
import { StoreAway } from '../../../redis/store-away.ts'

export interface Lock {
  /** False: it ended, and another replica may have it. */
  isHeld(): Promise<boolean>
  /** Never rejects. */
  release(): Promise<void>
}

export interface LockOptions {
  readonly redis: RedisConnection
  readonly name: string
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** Not longer than the grace period that Cognito's documentation recommends: a dead holder's renewal is repeated within it. */
const lifeMs = 10_000
const prolongMs = 3000

const script = {
  prolong: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  release: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])`,
} as const

/** Undefined: another has it. Rejects with StoreAway. */
export async function takeLock({ redis, name, wait }: LockOptions): Promise<Lock | undefined> {
  const owner = randomBytes(16).toString('base64url')
  const taken = await redis.run((client) => client.set(name, owner, 'PX', lifeMs, 'NX'))
  if (taken !== 'OK') return undefined
  const prolong = () => redis.run((client) => client.eval(script.prolong, 1, name, owner, String(lifeMs)))
  const state = { isOpen: true }
  void keep(state, prolong, wait)
  return {
    isHeld: async () => (await prolong()) === 1,
    async release() {
      state.isOpen = false
      await redis.run((client) => client.eval(script.release, 1, name, owner)).catch(ignoreAway)
    },
  }
}

async function keep(state: { readonly isOpen: boolean }, prolong: () => Promise<unknown>, wait: LockOptions['wait']) {
  for (;;) {
    await wait(prolongMs)
    if (!state.isOpen) return
    await prolong().catch(ignoreAway)
  }
}

function ignoreAway(error: Error): void {
  if (!(error instanceof StoreAway)) throw error
}
