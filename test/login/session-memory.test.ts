/** A remembered session holds the text of its own cookie, and not the header that it came in: applications send kilobytes of theirs. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { CookieStoreParts } from '../../src/login/session/cookie-store.ts'
import { CookieStore } from '../../src/login/session/cookie-store.ts'
import { compileCookies, sealContext, sessionTexts, splitSession } from '../../src/login/session/cookies.ts'
import { packRecord } from '../../src/login/session/record.ts'
import { newHandle, sealHandle } from '../../src/login/session/redis/handle.ts'
import { RedisStore } from '../../src/login/session/redis/redis-store.ts'
import { compileSealer } from '../../src/login/session/seal.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { readHeldBytes } from '../helpers/held-memory.ts'

const secret = 'a secret for tests that is long enough to be one'
const cookies = compileCookies({ cookieName: 'cogate', sameSite: 'lax', secure: true })
const count = 400
const otherBytes = 12 * 1024
const rules = { idleMs: 1e6, absoluteMs: 1e6, remember: false, maxEntries: count, maxBytes: 1e9, maxCookieLength: 1e9 }
const unused = { tokens: {}, refresher: {} } as Pick<CookieStoreParts, 'tokens' | 'refresher'>

/** As Node gives a header: one string with memory of its own. */
function textsIn(cookie: string): readonly string[] {
  const header = Buffer.from(`other=${'x'.repeat(otherBytes)}; ${cookies.names.session}=${cookie}`).toString('latin1')
  return sessionTexts(header, cookies.names)
}

function held(fill: () => void): number {
  const before = readHeldBytes()
  fill()
  return readHeldBytes() - before
}

t.test('a session in its cookie', async (t) => {
  const sealer = compileSealer([secret], 'session')
  const store = new CookieStore({ ...unused, rules, sealer, cookies, now: () => 0 })
  const facts = { caller: { identityLines: '' } as Verified, renewAt: 1e6 }
  const bytes = held(() => {
    for (let n = 0; n < count; n++) {
      const accessToken = randomBytes(600).toString('base64url')
      const record = { sid: `s${n}`, createdAt: 0, seenAt: 0, accessToken, refreshToken: undefined, claims: {} }
      const chunks = splitSession(sealer.seal(packRecord(record), sealContext('1', cookies.names))) ?? []
      const session = store.find(textsIn(chunks.join('')))
      if (typeof session !== 'string') store.remember(session, facts)
    }
  })
  t.type(store.find(textsIn('1~x')), 'string')
  t.ok(bytes < (count * otherBytes) / 2, `${Math.round(bytes / count)} bytes for each`)
})

t.test('the handle of a session in Redis', async (t) => {
  const events = { onState: () => undefined }
  const sealer = compileSealer([secret], 'session handle')
  const store = new RedisStore({
    ...unused,
    ...{ rules, sealer, cookies, events, now: () => 0, patienceMs: 1, wait: async () => undefined },
    redis: { url: 'redis://127.0.0.1:1', prefix: 'cogate:' },
  })
  t.teardown(() => store.close())
  const bytes = held(() => {
    for (let n = 0; n < count; n++) store.idsOf(textsIn(sealHandle(newHandle(), sealer, cookies).join('')))
  })
  t.equal(store.idsOf(textsIn('1~x')).length, 0)
  t.ok(bytes < (count * otherBytes) / 2, `${Math.round(bytes / count)} bytes for each`)
})
