/** A gate whose sessions are in a real Redis, before a service and the stand-in for Cognito. */
import type { Test } from 'tap'
import type { Browser, LoginWorldOptions } from './login-world.ts'
import { startLoginWorld } from './login-world.ts'
import { startRedis } from './redis.ts'

export const hourMs = 3_600_000
/** A loaded session is used for 30 s without a question to Redis. */
export const coldMs = 31_000

export async function startRedisWorld(t: Test, options: LoginWorldOptions = {}) {
  const redis = await startRedis(t)
  const env = { COGATE_SESSION_STORE: 'redis', COGATE_SESSION_REDIS_URL: redis.url, ...options.env }
  const world = await startLoginWorld(t, { ...options, env })
  return {
    ...world,
    redis,
    /** Another browser with the same cookies, in front of another replica. */
    copyOf(browser: Browser, gate: { readonly port: number }): Browser {
      const copy = world.openBrowser(gate)
      for (const [key, value] of browser.cookies) copy.cookies.set(key, value)
      return copy
    },
    /** The names of the records of sessions. */
    async records(): Promise<readonly string[]> {
      return (await redis.client.keys('*')).filter((name) => !name.includes(':sub:'))
    },
  }
}
