/**
 * Session cookies of browsers, sealed as the gate seals them, with a refresh token as long as one of Cognito.
 */
import { randomBytes } from 'node:crypto'
import { sealContext, splitSession } from '../src/login/session/cookies.ts'
import { packRecord } from '../src/login/session/record.ts'
import { compileSealer } from '../src/login/session/seal.ts'

/** Of the gate that opens them. */
export const sessionSecret = randomBytes(32).toString('hex')

const names = { session: '__Host-cogate', binding: '__Host-cogate-b' }
const sealer = compileSealer([sessionSecret], 'session')
const refreshTokenBytes = 1335

/** A value of Cookie. */
export function sealSession(accessToken: string): string {
  const record = packRecord({
    sid: randomBytes(16).toString('base64url'),
    createdAt: Date.now(),
    seenAt: Date.now(),
    accessToken,
    refreshToken: randomBytes(refreshTokenBytes).toString('base64url'),
    claims: { email: 'someone@example.com', email_verified: true, name: 'Some One' },
  })
  const [chunk = '', ...more] = splitSession(sealer.seal(record, sealContext('1', names))) ?? []
  if (more.length > 0) throw new Error('a session of the bench is longer than a cookie')
  return `${names.session}=${chunk}`
}
