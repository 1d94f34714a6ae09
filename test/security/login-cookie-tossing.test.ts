/**
 * Attack: another host of the same site sets cookies that reach the gate under its names (cookie tossing). A green run proves
 * that browsers would not take them, that garbage under our names hides no session, and that none of it reaches the service.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()

t.test('every cookie has a name that no other host can set (RFC 6265bis, __Host-)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const lines: string[] = []
  let answer = await browser.fetch('/')
  while (answer.location !== '' || answer.body.includes('_csrf')) {
    const isOurs = answer.url.startsWith('https://app.example.com/')
    if (isOurs) lines.push(...(answer.headers['set-cookie'] ?? []))
    answer = answer.location === '' ? await browser.submitForm(answer, 'alice') : await browser.fetch(answer.location)
  }
  t.ok(lines.length >= 2, 'of the binding and of the session')
  for (const line of lines) {
    t.match(line, /^__Host-/)
    t.match(line, /; Path=\/; HttpOnly; Secure; SameSite=Lax/)
    t.notMatch(line, /domain=/i)
  }
})

t.test('garbage before and behind a session does not sign anybody out', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const own = `__Host-cogate=${browser.cookie('__Host-cogate')}`
  const tossed = ['x', '1~', '1~AAAA', '9~AAAA', '2~AAAA', '~', '', '1~%00', '"quoted"']
  for (const value of tossed) {
    for (const cookie of [`__Host-cogate=${value}; ${own}`, `${own}; __Host-cogate=${value}`]) {
      const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
      t.equal(answer.status, 200, cookie.slice(0, 40))
      t.notOk('cookie' in JSON.parse(answer.body).headers)
    }
  }
})

t.test('names without the prefix, as an http page of the host could set them, are not ours', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  for (const name of ['cogate', '__Secure-cogate', '__host-cogate', '__HOST-COGATE', 'Host-cogate']) {
    const cookie = `${name}=${browser.cookie('__Host-cogate')}`
    const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
    t.equal(answer.status, 401, name)
  }
})
