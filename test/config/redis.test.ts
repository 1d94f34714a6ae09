/** Which Redis a feature uses. */
import t from 'tap'
import { rateServer, redisServer, revocationServer, sessionServer } from '../../src/config/redis.ts'

const shared = { url: 'rediss://shared', caFile: '/ca', usernameFile: '/user', passwordFile: '/password' }
const own = { url: 'rediss://own', prefix: 'own:' }
const none = { prefix: 'cogate:' }

t.test('an address of its own takes nothing of the shared one, least of all its password', async (t) => {
  t.same(redisServer(own, shared), { url: own.url })
  t.same(redisServer({ ...own, caFile: '/own' }, shared), { url: own.url, caFile: '/own' })
  t.same(redisServer(none, shared), shared)
  t.equal(redisServer(none, { caFile: '/ca' }), undefined)
  t.equal(redisServer(none, undefined), undefined)
})

t.test('revoked tokens are there as soon as there is an address, sessions where they are asked for', async (t) => {
  const revocation = { redis: none, onStoreFailure: 'allow', maxLagMs: 30_000 } as const
  t.same(revocationServer({ revocation, redis: shared }), shared)
  t.same(revocationServer({ revocation: { ...revocation, redis: own }, redis: shared }), { url: own.url })
  t.equal(revocationServer({ revocation }), undefined)
  t.equal(sessionServer({ session: { store: 'cookie', redis: none }, redis: shared }), undefined)
  t.same(sessionServer({ session: { store: 'redis', redis: none }, redis: shared }), shared)
})

t.test('requests are counted there where that is asked for', async (t) => {
  t.equal(rateServer({ redis: shared }), undefined)
  t.equal(rateServer({ rateLimit: { store: 'process' }, redis: shared }), undefined)
  t.same(rateServer({ rateLimit: { store: 'redis' }, redis: shared }), shared)
})
