import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { createClock } from '../../helpers/clock.ts'
import { startTestIssuer } from '../../helpers/issuer.ts'
import { askForCode, CALLBACK, fillForm, openBrowser, signIn } from '../../helpers/issuer-browser.ts'

const keys = createKeys()
const MINUTE_MS = 60_000
const LEVEL = 'urn:cognito:loa:4'

t.test('a browser without a session is sent to the sign-in form with the parameters as they came', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { url } = askForCode(issuer, { login_hint: 'a"><b>', lang: 'ja' })
  const start = await openBrowser().get(url)
  t.equal(start.status, 302)
  t.equal(start.location?.href, `${issuer.url}/login${url.search}`)
  const form = await openBrowser().get(start.location ?? '')
  t.equal(form.status, 200)
  t.match(form.text, 'value="a&quot;&gt;&lt;b&gt;"')
  t.match(form.text, '<html lang="ja">')
  t.notMatch(form.text, /<script|<b>/)
  t.equal(form.headers.get('x-frame-options'), 'DENY')
  t.equal(form.headers.get('cache-control'), 'no-store')
})

t.test('a wrong client or callback gets a page and never a redirect', async (t) => {
  const clients = [{ clientId: 'registered', callbackUrls: ['https://app.example.com/cb'] }]
  const issuer = await startTestIssuer(t, { keys, clients })
  for (const [client_id, redirect_uri] of [
    ['nobody', CALLBACK],
    [undefined, CALLBACK],
    [issuer.clientId, undefined],
    [issuer.clientId, ''],
    [issuer.clientId, 'https://evil.example/'],
    [issuer.clientId, 'http://127.0.0.1.evil.example/'],
    [issuer.clientId, 'http://localhost@evil.example/'],
    [issuer.clientId, 'http://x@localhost/'],
    [issuer.clientId, 'http://localhost/#x'],
    [issuer.clientId, ' http://localhost/'],
    [issuer.clientId, 'http:localhost/'],
    [issuer.clientId, 'http://localhost.'],
    [issuer.clientId, 'http://local\r\nhost/'],
    [issuer.clientId, 'javascript:alert(1)'],
    ['registered', CALLBACK],
    ['registered', 'https://app.example.com/cb/'],
    ['registered', 'https://app.example.com/CB'],
    ['registered', 'https://app.example.com:443/cb'],
    ['registered', 'https://app.example.com/cb?x=1'],
  ]) {
    for (const path of ['/oauth2/authorize', '/login', '/logout']) {
      const { url } = askForCode(issuer, { client_id, redirect_uri })
      url.pathname = path
      const { status, location, text, headers } = await openBrowser().get(url)
      t.same([status, location], [400, undefined], `${path} ${client_id} ${JSON.stringify(redirect_uri)}`)
      t.match(text, '<p role="alert">')
      t.match(headers.get('content-type'), 'text/html')
    }
  }
  const twice = askForCode(issuer).url
  twice.searchParams.append('redirect_uri', 'http://localhost/other')
  t.equal((await openBrowser().get(twice)).status, 400, 'a repeated callback')
})

t.test('a registered callback is taken byte by byte, and the default client takes any on loopback', async (t) => {
  const redirect_uri = 'https://app.example.com/cb?tenant=a%2Fb'
  const issuer = await startTestIssuer(t, { keys, clients: [{ clientId: 'registered', callbackUrls: [redirect_uri] }] })
  const { url } = askForCode(issuer, { client_id: 'registered', redirect_uri, state: 'a b&c' })
  const location = await signIn(openBrowser(), url)
  t.match(location.href, /^https:\/\/app\.example\.com\/cb\?tenant=a%2Fb&code=[\w-]{36}&state=a\+b%26c$/)
  for (const loopback of ['https://localhost/cb', 'http://127.0.0.1:9/x?y=1', 'https://127.0.0.1:8443/']) {
    const callback = await signIn(openBrowser(), askForCode(issuer, { redirect_uri: loopback }).url)
    t.ok(callback.href.startsWith(loopback), loopback)
  }
})

t.test('every other mistake goes back to the callback with its name and the state', async (t) => {
  const clients = [
    { clientId: 'narrow', callbackUrls: [CALLBACK], scopes: ['openid'] },
    { clientId: 'machine', callbackUrls: [CALLBACK], grants: ['client_credentials'] as const },
  ]
  const issuer = await startTestIssuer(t, { keys, clients })
  for (const [change, error] of [
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unauthorized_client'],
    [{ response_type: 'id_token' }, 'unsupported_response_type'],
    [{ client_id: 'machine' }, 'unauthorized_client'],
    [{ code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ scope: 'openid unknown' }, 'invalid_scope'],
    [{ scope: 'openid  email' }, 'invalid_scope'],
    [{ scope: '' }, 'invalid_scope'],
    [{ scope: 'email' }, 'invalid_scope'],
    [{ client_id: 'narrow', scope: 'openid email' }, 'invalid_scope'],
    [{ prompt: 'sometimes' }, 'invalid_request'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ max_age: '-1' }, 'invalid_request'],
    [{ max_age: 'soon' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ] as const) {
    const { location } = await openBrowser().get(askForCode(issuer, change).url)
    const got = [location?.searchParams.get('error'), location?.searchParams.get('state'), location?.pathname]
    t.same(got, [error, 'the-state', '/_cogate/callback'], JSON.stringify(change))
  }
  const { location } = await openBrowser().get(askForCode(issuer, { prompt: 'none', state: undefined }).url)
  t.equal(location?.search, '?error=login_required', 'no state where none was sent')
  const repeated = askForCode(issuer).url
  repeated.searchParams.append('nonce', 'another')
  t.equal((await openBrowser().get(repeated)).location?.searchParams.get('error'), 'invalid_request')
})

t.test('a wrong password, an unknown and a disabled user get the form again, and no session', async (t) => {
  const users = [
    { username: 'dora', password: 'right' },
    { username: 'emil', password: 'right', disabled: true },
  ]
  const issuer = await startTestIssuer(t, { keys, users })
  const { url } = askForCode(issuer)
  const browser = openBrowser()
  const action = new URL(`/login${url.search}`, issuer.url)
  for (const [username, password] of [
    ['dora', 'wrong'],
    ['dora', ''],
    ['nobody', 'right'],
    ['alice', 'demo-password'],
    ['emil', 'right'],
  ]) {
    const form = await browser.get(action)
    const answer = await browser.post(action, fillForm(form, username, password))
    t.same([answer.status, answer.location], [200, undefined], `${username}`)
    t.match(answer.text, 'Incorrect username or password.')
    t.match(answer.text, '<form')
  }
  t.notOk(browser.cookies.has('cognito'))
  const retried = await browser.post(action, fillForm(await browser.get(action), 'dora', 'right'))
  t.ok(retried.location?.searchParams.has('code'))
})

t.test('the form of another browser is refused, and so is one without its field', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const action = new URL(`/login${askForCode(issuer).url.search}`, issuer.url)
  const attacker = openBrowser()
  const form = fillForm(await attacker.get(action))
  const victim = openBrowser()
  t.equal((await victim.post(action, form)).status, 403, 'without a cookie')
  t.equal((await victim.post(action, { ...form, _csrf: '' })).status, 403, 'with neither')
  await victim.get(action)
  t.equal((await victim.post(action, form)).status, 403, 'with another cookie')
  t.equal((await victim.post(action, { ...form, _csrf: '' })).status, 403)
  t.notOk(victim.cookies.has('cognito'))
  t.equal((await attacker.post(action, form)).status, 302)
})

t.test('a session makes the next sign-in silent for 60 minutes, whichever application asks', async (t) => {
  const clock = createClock()
  const clients = [{ clientId: 'second', callbackUrls: [CALLBACK] }]
  const issuer = await startTestIssuer(t, { keys, now: clock.now, clients })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer).url)
  clock.advance(59 * MINUTE_MS)
  for (const change of [{}, { prompt: 'none' }, { client_id: 'second' }, { max_age: '3540' }]) {
    const { location } = await browser.get(askForCode(issuer, change).url)
    t.ok(location?.searchParams.has('code'), JSON.stringify(change))
  }
  t.equal((await openBrowser().get(askForCode(issuer).url)).location?.pathname, '/login', 'not for another browser')
  clock.advance(MINUTE_MS)
  t.equal((await browser.get(askForCode(issuer).url)).location?.pathname, '/login')
})

t.test('prompt, max_age and a higher level ask again in spite of the session', async (t) => {
  const clock = createClock()
  const issuer = await startTestIssuer(t, { keys, now: clock.now })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer).url)
  const atOnce = await browser.get(askForCode(issuer, { max_age: '0' }).url)
  t.equal(atOnce.location?.pathname, '/login', 'max_age 0 asks in the same millisecond too')
  clock.advance(5 * MINUTE_MS + 1)
  for (const change of [
    { prompt: 'login' },
    { prompt: 'select_account' },
    { max_age: '300' },
    { max_age: '0' },
    { acr_values: LEVEL },
  ]) {
    const { location } = await browser.get(askForCode(issuer, change).url)
    t.equal(location?.pathname, '/login', JSON.stringify(change))
    const silent = await browser.get(askForCode(issuer, { ...change, prompt: 'none' }).url)
    const expected = 'prompt' in change ? null : 'login_required'
    t.equal(silent.location?.searchParams.get('error'), expected, JSON.stringify(change))
  }
  await signIn(browser, askForCode(issuer, { acr_values: LEVEL }).url)
  for (const acr_values of ['urn:cognito:loa:1', LEVEL, `unknown ${LEVEL}`]) {
    t.ok((await browser.get(askForCode(issuer, { acr_values }).url)).location?.searchParams.has('code'), acr_values)
  }
})

t.test('a new sign-in ends the session before it, so a copy of its cookie is worth nothing', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const [browser, thief] = [openBrowser(), openBrowser()]
  await signIn(browser, askForCode(issuer).url)
  thief.cookies.set('cognito', browser.cookies.get('cognito') ?? '')
  t.ok((await thief.get(askForCode(issuer).url)).location?.searchParams.has('code'))
  await signIn(browser, askForCode(issuer, { prompt: 'login' }).url, 'bob')
  t.equal((await thief.get(askForCode(issuer).url)).location?.pathname, '/login')
})

t.test('another identity provider is this form, with its name', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const { url } = askForCode(issuer, { identity_provider: 'Example<Corp>' })
  const { text } = await openBrowser().get(`${issuer.url}/login${url.search}`)
  t.match(text, '<h1>Sign in with Example&lt;Corp&gt;</h1>')
  t.ok((await signIn(openBrowser(), url)).searchParams.has('code'))
})

t.test('a sign-in that is no form or names no client is refused', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const json = await fetch(`${issuer.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  t.equal(json.status, 400)
  t.equal((await openBrowser().post(`${issuer.url}/login`, {})).status, 400)
  const refused = await fetch(`${issuer.url}/login`, { method: 'DELETE' })
  t.same([refused.status, refused.headers.get('allow')], [405, 'GET, POST'])
})

t.test('a user who is gone or disabled has no session any more', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer).url)
  issuer.login.putUser({ username: 'alice', password: 'x', disabled: true })
  t.equal((await browser.get(askForCode(issuer).url)).location?.pathname, '/login')
})
