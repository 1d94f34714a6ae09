/**
 * Sessions of browsers, as the gate makes them, with a refresh token as long as one of Cognito: sealed in their cookies, and
 * in Redis.
 */
import { randomBytes } from 'node:crypto'
import { compileCookies, sealContext, splitSession } from '../src/login/session/cookies.ts'
import type { SessionRecord } from '../src/login/session/record.ts'
import { packRecord } from '../src/login/session/record.ts'
import { newHandle, sealHandle } from '../src/login/session/redis/handle.ts'
import { Records } from '../src/login/session/redis/records.ts'
import { compileSealer } from '../src/login/session/seal.ts'
import { RedisConnection } from '../src/redis/connection.ts'

/** Of the gate that opens them. */
export const sessionSecret = randomBytes(32).toString('hex')

const { names } = compileCookies({ cookieName: 'cogate', sameSite: 'lax', secure: true })
const sealer = compileSealer([sessionSecret], 'session')
const refreshTokenBytes = 1335
const defaultPrefix = 'cogate:'
const dayMs = 86_400_000

/** A value of Cookie. */
export function sealSession(accessToken: string): string {
  const record = packRecord({ sid: randomBytes(16).toString('base64url'), ...newRecord(accessToken) })
  const [chunk = '', ...more] = splitSession(sealer.seal(record, sealContext('1', names))) ?? []
  if (more.length > 0) throw new Error('a session of the bench is longer than a cookie')
  return `${names.session}=${chunk}`
}

/** Values of Cookie for sessions that are in Redis afterwards. */
export async function storeSessions(url: string, accessTokens: readonly string[]): Promise<readonly string[]> {
  const redis = new RedisConnection({ url }, { onState: () => {} })
  const records = new Records(redis, { prefix: defaultPrefix, idleMs: dayMs, absoluteMs: dayMs })
  const handles = compileSealer([sessionSecret], 'session handle')
  const cookies: string[] = []
  for (const accessToken of accessTokens) {
    const handle = newHandle()
    await records.create(handle, { sid: handle.sid, ...newRecord(accessToken) }, handle.sid)
    cookies.push(`${names.session}=${sealHandle(handle, handles, { names, attributes: '' }).join('')}`)
  }
  redis.close()
  return cookies
}

function newRecord(accessToken: string): Omit<SessionRecord, 'sid'> {
  return {
    createdAt: Date.now(),
    seenAt: Date.now(),
    accessToken,
    refreshToken: randomBytes(refreshTokenBytes).toString('base64url'),
    claims: { email: 'someone@example.com', email_verified: true, name: 'Some One' },
  }
}
