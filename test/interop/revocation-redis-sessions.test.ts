/** Sessions of browsers and the list of revoked tokens in one Redis, which `redis.url` names. */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'

const keys = createKeys()
const skip = skipRedis
const fetchOptions = { headers: sameOriginFetch }

t.test('a session whose user is revoked has ended, and one that began later has not', { skip }, async (t) => {
  const redis = await startRedis(t)
  const env = { COGATE_REDIS_URL: redis.url, COGATE_SESSION_STORE: 'redis' }
  const { openBrowser, gate } = await startLoginWorld(t, { keys, env })
  const [alice, bob] = [openBrowser(), openBrowser()]
  t.equal((await alice.open('/', { as: 'alice' })).status, 200)
  t.equal((await bob.open('/', { as: 'bob' })).status, 200)
  t.ok((await redis.client.dbsize()) >= 2, 'the sessions are there')
  await runCogate(t, ['revoke', '--username', 'alice', '--redis', redis.url])
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 1)
  t.match(JSON.parse((await alice.fetch('/', fetchOptions)).body), { code: 'session_invalid' })
  t.equal((await bob.fetch('/', fetchOptions)).status, 200)
})

t.test('deny: while the list is too old a session is refused, and nobody is signed out', { skip }, async (t) => {
  const redis = await startRedis(t)
  const env = { COGATE_REDIS_URL: redis.url, COGATE_REVOCATION_ON_STORE_FAILURE: 'deny' }
  const { openBrowser, gate, clock } = await startLoginWorld(t, { keys, env })
  const browser = openBrowser()
  t.equal((await browser.open('/', { as: 'alice' })).status, 200)
  redis.kill('SIGSTOP')
  await gate.logged(({ msg }) => String(msg).startsWith('revocation store away'))
  clock.advance(30_000)
  const data = await browser.fetch('/', fetchOptions)
  t.match({ ...data, body: JSON.parse(data.body) }, { status: 503, body: { code: 'revocation_unavailable' } })
  const page = await browser.open('/').catch((error) => error)
  t.match(page, { status: 503, body: /<html/ })
  redis.kill('SIGCONT')
  await gate.logged(({ msg }) => msg === 'revocation store back')
  const answers = { last: 0 }
  for (const began = Date.now(); answers.last !== 200 && Date.now() - began < 10_000; )
    answers.last = (await browser.fetch('/', fetchOptions)).status
  t.equal(answers.last, 200, 'the same session')
})
