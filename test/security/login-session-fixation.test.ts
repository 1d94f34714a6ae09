/**
 * Attack: a session or a binding that the attacker knows is planted in the browser of a victim, who then signs in. A green
 * run proves that a sign-in makes a session that nobody knew before, and that the planted one shows nothing of the victim.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const session = '__Host-cogate'
const binding = '__Host-cogate-b'

t.test('a planted session is replaced by a new one at the sign-in, and ends', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  await attacker.open('/', { as: 'bob' })
  clock.advance(1)
  const planted = attacker.cookie(session) ?? ''
  const victim = openBrowser()
  const start = await victim.fetch('/x')
  victim.setCookie(session, planted)
  await victim.open(await signInUntilCallback(victim, start, 'alice'))
  t.not(victim.cookie(session), planted)
  const seen = await victim.fetch('/', { headers: sameOriginFetch })
  t.equal(JSON.parse(seen.body).headers['x-forwarded-user'], 'alice')
  t.equal((await attacker.fetch('/', { headers: sameOriginFetch })).status, 401)
})

t.test('a planted binding does not give the attacker the session', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  await attacker.fetch('/x')
  const victim = openBrowser()
  victim.setCookie(binding, attacker.cookie(binding) ?? '')
  await victim.open('/')
  t.ok(victim.cookie(session))
  const answer = await attacker.fetch('/', { headers: sameOriginFetch })
  t.equal(answer.status, 401)
})

t.test('two sign-ins of one person are two sessions', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(1)
  const first = browser.cookie(session)
  await browser.open('/_cogate/login?returnTo=/again')
  t.not(browser.cookie(session), first)
})

t.test('a binding that is no random value of ours is not taken over', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  for (const planted of ['a', '', 'x'.repeat(42), 'x'.repeat(44), '"'.repeat(43)]) {
    const browser = openBrowser()
    browser.setCookie(binding, planted)
    await browser.fetch('/x')
    t.match(browser.cookie(binding), /^[\w-]{43}$/, planted)
    t.not(browser.cookie(binding), planted)
  }
})
