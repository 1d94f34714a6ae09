/** Tokens in other places beside browser sign-in: neither a page nor a redirect says a token that was in the query. */
import t from 'tap'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

t.test('a person with a bad token in the query gets a page or a redirect without it', async (t) => {
  const { gate, issuer, openBrowser } = await startLoginWorld(t, {
    routes: [
      { path: '/*', auth: 'login' },
      { path: '/admin/*', auth: 'login', groups: ['admin'] },
    ],
    env: { COGATE_CREDENTIALS_SOURCES: 'bearer,insecureQuery:tok' },
  })
  const stranger = issuer.mintAccessToken({ clientId: 'stranger' })
  const good = issuer.mintAccessToken()
  for (const [target, status] of [
    [`/x?tok=${stranger}`, 401],
    [`/admin/x?a=1&tok=${good}`, 403],
    [`/x?tok=${good}&tok=${good}`, 400],
  ] as const) {
    const answer = await openBrowser().fetch(target)
    const text = answer.body + JSON.stringify(answer.headers)
    t.equal(answer.status, status, target.slice(0, 20))
    for (const token of [stranger, good]) t.notOk(text.includes(token.slice(0, 60)), target.slice(0, 20))
  }
  t.notOk(JSON.stringify(gate.lines).includes(good.slice(0, 60)))
})

t.test('without a token the sign-in begins, and without a sign-in programs are told both schemes', async (t) => {
  const { gate, openBrowser } = await startLoginWorld(t, {
    routes: [{ path: '/*', auth: 'login' }],
    env: { COGATE_CREDENTIALS_SOURCES: 'bearer,basicPassword' },
  })
  const page = await openBrowser().fetch('/x')
  t.equal(page.status, 302)
  t.equal(page.headers['www-authenticate'], undefined, 'a browser would ask for a password')
  const program = await fetch(`${gate.url}/x`)
  t.equal(program.status, 401)
  t.match(program.headers.get('www-authenticate'), /^Bearer .*, Basic realm="cogate", charset="UTF-8"$/)
})

t.test('a page that links to where the request wanted to go links there without the token', async (t) => {
  const { issuer, openBrowser } = await startLoginWorld(t, {
    env: {
      COGATE_CREDENTIALS_SOURCES: 'bearer,insecureQuery:tok',
      COGATE_REVOCATION_REDIS_URL: 'redis://127.0.0.1:1',
      COGATE_REVOCATION_ON_STORE_FAILURE: 'deny',
    },
  })
  const token = issuer.mintAccessToken()
  const { status, body, headers } = await openBrowser().fetch(`/x?a=1&tok=${token}&b=2`)
  t.equal(status, 503)
  t.match(body, 'href="/x?a=1&#38;b=2"')
  t.notOk((body + JSON.stringify(headers)).includes(token.slice(0, 60)))
})

t.test('a place to return to that a page names is one without the token too', async (t) => {
  const world = await startAuthWorld(t, {
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_CREDENTIALS_SOURCES: 'bearer,insecureQuery:tok' }),
  })
  const token = world.issuer.mintAccessToken()
  const returnTo = (target: string) => `/_cogate/login?${new URLSearchParams({ returnTo: target })}`
  for (const name of ['tok', '%74ok']) {
    const { status, location } = await world.openBrowser().fetch(returnTo(`/x?a=1&${name}=${token}&b=2`))
    t.equal(status, 302)
    t.equal(location, 'https://app.example.com/sign-in?returnTo=%2Fx%3Fa%3D1%26b%3D2')
  }
  const { location } = await world.openBrowser().fetch(`${returnTo('/y')}&tok=${token}`)
  t.equal(location, 'https://app.example.com/sign-in?returnTo=%2Fy')
})

t.test('where people sign in no answer makes a browser ask for a password of its own', async (t) => {
  const { openBrowser, call, gate } = await startAuthWorld(t, {
    routes: [{ path: '/sign-in', auth: 'none' }, { path: '/*', auth: 'login' }, { path: '/api/*' }],
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_CREDENTIALS_SOURCES: 'basicPassword' }),
  })
  const browser = openBrowser()
  for (const answer of [
    await call(browser, 'sign-in', { username: 'alice', password: 'wrong' }),
    await call(browser, 'session'),
    await call(browser, 'sign-in', { username: 'alice', password: 'wrong' }, {}),
    await browser.fetch('/_cogate/session', { headers: sameOriginFetch }),
    await browser.fetch('/x', { headers: sameOriginFetch }),
    await browser.fetch('/api/x', { headers: sameOriginFetch }),
    await browser.fetch('/api/x'),
  ]) {
    t.equal(answer.status, 401, answer.url)
    t.match(answer.headers['www-authenticate'], /^Bearer realm="cogate"/, answer.url)
    t.notMatch(answer.headers['www-authenticate'], /Basic/, answer.url)
  }
  for (const path of ['/x', '/api/x']) {
    const program = await fetch(`${gate.url}${path}`)
    t.match(program.headers.get('www-authenticate'), /^Basic /, 'a program is asked for it')
  }
})
