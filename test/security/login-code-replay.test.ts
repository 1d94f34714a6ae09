/**
 * Attack: a code that was used, stolen, or asked for by another sign-in is brought to the callback. A green run proves that a
 * code makes at most one session, and only with the verifier and the nonce of its own sign-in.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const session = '__Host-cogate'

t.test('a callback that comes again makes no second session', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  await browser.fetch(callback)
  const again = await browser.fetch(callback)
  t.equal(again.location, `${publicOrigin}/page`)
  t.equal(again.headers['set-cookie'], undefined)
  t.equal(issuer.login.tokenRequests(), 1, 'the code is not sent again')
})

t.test('a callback that comes again after the session is gone makes none', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  await browser.fetch(callback)
  browser.cookies.delete(`${publicOrigin} ${session}`)
  const again = await browser.fetch(callback)
  t.equal(again.status, 302)
  t.equal(new URL(again.location).pathname, '/oauth2/authorize', 'the sign-in begins anew')
  t.equal(issuer.login.tokenRequests(), 1)
  t.equal(browser.cookie(session), undefined)
})

t.test('two copies of one callback at once make one session', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  const answers = await Promise.all([browser.fetch(callback), browser.fetch(callback)])
  const begun = answers.filter(({ headers }) => headers['set-cookie']?.some((line) => line.startsWith(`${session}=1~`)))
  t.equal(begun.length, 1)
})

t.test('a code works with the state of its own sign-in alone', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const first = new URL(await signInUntilCallback(browser, await browser.fetch('/a')))
  const second = new URL(await signInUntilCallback(browser, await browser.fetch('/b')))
  first.searchParams.set('code', second.searchParams.get('code') ?? '')
  const answer = await browser.fetch(first.href)
  t.equal(answer.status, 502)
  t.equal(browser.cookie(session), undefined)
})

t.test('a stolen callback is worth nothing in another browser, before and after its use', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const callback = await signInUntilCallback(browser, await browser.fetch('/page'))
  const thief = openBrowser()
  await thief.fetch(callback)
  t.equal(thief.cookie(session), undefined)
  t.equal((await browser.open(callback)).url, `${publicOrigin}/page`)
  await thief.fetch(callback)
  t.equal(thief.cookie(session), undefined)
})
