/**
 * Attack: a link to the sign-in of the gate that ends at the page of the attacker. A green run proves that every redirect of
 * a sign-in leads to a path of the public origin or to the domain of the user pool, whatever was asked for.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { compileSealer } from '../../src/login/session/seal.ts'
import { bindingHash, newSeed, sealState } from '../../src/login/state.ts'
import { publicOrigin, sessionSecret, signInUntilCallback, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const elsewhere = [
  ...[
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/%2f%2fevil.example',
    '/%5cevil.example',
    '///evil.example',
  ],
  ...[
    'https://evil.example/',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '@evil.example',
    '.evil.example',
  ],
  ...[
    `${publicOrigin}.evil.example/`,
    `${publicOrigin}@evil.example/`,
    '/x//evil.example/..',
    '/a/..//evil.example',
    '/.//evil.example',
  ],
  ...[
    '/x\r\nLocation: https://evil.example',
    '/x\n',
    '/\u2028/evil.example',
    '/\u0000/evil.example',
    ' //evil.example',
  ],
]

t.test('the sign-in endpoint takes no address of another origin', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  for (const returnTo of elsewhere) {
    const page = await browser.open(`/_cogate/login?${new URLSearchParams({ returnTo })}`)
    t.equal(page.url, `${publicOrigin}/`, encodeURIComponent(returnTo))
    browser.cookies.clear()
  }
})

t.test('a path that another server reads as a host is not where a sign-in leads', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  for (const path of ['//evil.example/x', '/%5c/evil.example', '/%2f/evil.example']) {
    const answer = await openBrowser().fetch(publicOrigin + path)
    const { location } = answer
    if (location === '') t.equal(answer.status, 400, path)
    else t.equal(new URL(location).origin, issuer.url, path)
    t.notMatch(answer.body, /href="[^"]*\/\/evil/, path)
  }
})

t.test('a sealed state of an older version that leads elsewhere leads home', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const sealer = compileSealer([sessionSecret], 'state')
  const binding = bindingHash(browser.cookie('__Host-cogate-b') ?? '')
  for (const returnTo of elsewhere) {
    const state = sealState(sealer, { seed: newSeed(), binding, startedAt: clock.now() - 1000, attempts: 0, returnTo })
    const answer = await browser.fetch(`/_cogate/callback?${new URLSearchParams({ code: 'x', state })}`)
    t.equal(answer.location, `${publicOrigin}/`, encodeURIComponent(returnTo))
  }
})

t.test('no header of a request names where a sign-in leads', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const evil = 'evil.example'
  const forged = {
    host: evil,
    'x-forwarded-host': evil,
    'x-original-url': `https://${evil}/`,
    forwarded: `host=${evil}`,
  }
  const start = await browser.fetch('/x', { headers: { accept: 'text/html', referer: `https://${evil}/`, ...forged } })
  t.equal(new URL(start.location).searchParams.get('redirect_uri'), `${publicOrigin}/_cogate/callback`)
  const callback = await signInUntilCallback(browser, start)
  const end = await browser.fetch(callback, { headers: { accept: 'text/html', ...forged } })
  t.equal(end.headers.location, `${publicOrigin}/x`)
})
