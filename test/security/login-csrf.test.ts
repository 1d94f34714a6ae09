/**
 * Attack: a victim opens a callback that the attacker has prepared, to be signed in as the attacker without noticing (login
 * CSRF). A green run proves that a code is redeemed only in the browser that began its sign-in.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()

t.test('a callback of another browser signs nobody in, and spends no code', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  const prepared = await signInUntilCallback(attacker, await attacker.fetch('/x'), 'bob')
  const strangers = { 'without any cookie': openBrowser(), 'with a sign-in of its own under way': openBrowser() }
  await strangers['with a sign-in of its own under way'].fetch('/')
  for (const [name, victim] of Object.entries(strangers)) {
    const answer = await victim.fetch(prepared)
    t.equal(answer.status, 302, name)
    t.equal(new URL(answer.location).origin, issuer.url, 'the sign-in begins anew, as the victim')
    t.equal(victim.cookie('__Host-cogate'), undefined)
  }
  t.equal(issuer.login.tokenRequests(), 0)
})

t.test('a victim who is signed in stays who she is', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const victim = openBrowser()
  await victim.open('/', { as: 'alice' })
  const attacker = openBrowser()
  const prepared = await signInUntilCallback(attacker, await attacker.fetch('/x'), 'bob')
  const before = issuer.login.tokenRequests()
  await victim.fetch(prepared)
  const answer = await victim.fetch('/', { headers: sameOriginFetch })
  t.equal(JSON.parse(answer.body).headers['x-forwarded-user'], 'alice')
  t.equal(issuer.login.tokenRequests(), before)
})

t.test('the state of the victim does not carry a code of the attacker', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const attacker = openBrowser()
  const prepared = new URL(await signInUntilCallback(attacker, await attacker.fetch('/x'), 'bob'))
  const victim = openBrowser()
  const own = new URL((await victim.fetch('/x')).location).searchParams.get('state') ?? ''
  const code = prepared.searchParams.get('code') ?? ''
  const answer = await victim.fetch(`/_cogate/callback?${new URLSearchParams({ code, state: own })}`)
  t.equal(answer.status, 502, 'the code was asked for with another verifier')
  t.equal(victim.cookie('__Host-cogate'), undefined)
})
