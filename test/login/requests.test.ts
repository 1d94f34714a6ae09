import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const document = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

t.test('a script without a session gets a problem and the way to the sign-in, never a redirect (xhr-01)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const kinds = {
    fetch: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' },
    script: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', accept: '*/*' },
    image: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/*' },
    'event stream': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/event-stream' },
    'old script': { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
    curl: { accept: '*/*' },
    'health check': {},
  }
  for (const [name, headers] of Object.entries(kinds)) {
    const answer = await openBrowser().fetch('/data', { headers })
    t.equal(answer.status, 401, name)
    t.equal(answer.headers.location, undefined, name)
    t.equal(answer.headers['cogate-login'], '/_cogate/login', name)
    t.match(JSON.parse(answer.body), { code: 'login_required' }, name)
    t.equal(answer.headers['set-cookie'], undefined, name)
  }
})

t.test('a form without a session is answered with a page, so that nothing typed is lost (xhr-02)', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys })
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const answer = await openBrowser().fetch('/form', { method, headers: document, body: 'a=1' })
    t.equal(answer.status, 401, method)
    t.equal(answer.headers.location, undefined)
    t.match(answer.body, /target="_blank"/)
    t.match(answer.headers['content-security-policy'], /default-src 'none'/)
  }
  t.equal(upstream.requests.length, 0)
})

t.test('a frame gets a page with a link to the whole window', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  for (const dest of ['iframe', 'frame', 'object', 'embed']) {
    const answer = await openBrowser().fetch('/inside', { headers: { ...document, 'sec-fetch-dest': dest } })
    t.equal(answer.status, 401, dest)
    t.match(answer.body, /target="_top"/)
    t.notMatch(answer.headers['content-security-policy'], /frame-ancestors/)
  }
})

t.test('a service that pages of other sites may show in a frame is signed in to beside it', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, env: { COGATE_SESSION_SAME_SITE: 'none' } })
  const answer = await openBrowser().fetch('/inside?a=1', { headers: { ...document, 'sec-fetch-dest': 'iframe' } })
  t.equal(answer.status, 401)
  t.match(answer.body, 'href="/_cogate/login?returnTo=%2Finside%3Fa%3D1" target="_blank"')
})

t.test('a sign-in that begins in a frame shows the link too, and a sign-out ends there', async (t) => {
  for (const [sameSite, target] of [
    ['lax', '_top'],
    ['none', '_blank'],
  ] as const) {
    const { openBrowser } = await startLoginWorld(t, { keys, env: { COGATE_SESSION_SAME_SITE: sameSite } })
    const headers = { ...document, 'sec-fetch-dest': 'iframe' }
    const start = await openBrowser().fetch('/_cogate/login?returnTo=%2Fa%3Fb', { headers })
    t.equal(start.status, 200, sameSite)
    t.match(start.body, `href="/_cogate/login?returnTo=%2Fa%3Fb" target="${target}"`)
    t.equal(start.headers['set-cookie'], undefined)
    const end = await openBrowser().fetch('/_cogate/logged-out', { headers })
    t.notMatch(end.headers['content-security-policy'], /frame-ancestors/)
    const browser = openBrowser()
    await browser.open('/')
    const inside = { ...headers, 'sec-fetch-site': 'same-origin' }
    const out = await browser.fetch('/_cogate/logout', { method: 'POST', headers: inside })
    t.equal(out.location, `${publicOrigin}/_cogate/logged-out`)
    t.equal(browser.cookie('__Host-cogate'), undefined)
  }
})

t.test('what is fetched ahead of time begins no sign-in', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  for (const extra of [{ 'sec-purpose': 'prefetch;prerender' }, { purpose: 'prefetch' }, { 'x-moz': 'prefetch' }]) {
    const answer = await openBrowser().fetch('/', { headers: { ...document, ...extra } })
    t.equal(answer.status, 401)
    t.equal(answer.headers['set-cookie'], undefined)
  }
})

t.test('a WebSocket without a session is refused, and not redirected (websocket-03)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    origin: publicOrigin,
    'sec-fetch-mode': 'websocket',
    'sec-fetch-dest': 'websocket',
  }
  const answer = await openBrowser().fetch('/socket', { headers })
  t.equal(answer.status, 401)
  t.equal(answer.headers.location, undefined)
  t.match(JSON.parse(answer.body), { code: 'login_required' })
})

t.test('a bearer token works as before, and counts alone where a cookie comes too', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const authorization = `Bearer ${issuer.mintAccessToken({ username: 'bob' })}`
  const good = await browser.fetch('/', { headers: { ...sameOriginFetch, authorization } })
  t.equal(JSON.parse(good.body).headers['x-forwarded-user'], 'bob')
  const bad = await browser.fetch('/', { headers: { ...sameOriginFetch, authorization: 'Bearer nonsense' } })
  t.equal(bad.status, 401)
  t.match(JSON.parse(bad.body), { code: 'token_malformed' })
})

t.test('a session opens a required route too, and an optional one knows who it is', async (t) => {
  const routes = [
    { path: '/*', auth: 'login' },
    { path: '/api/*', auth: 'required' },
    { path: '/maybe', auth: 'optional' },
    { path: '/open', auth: 'none' },
  ]
  const { openBrowser } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  const userAt = async (path: string) => {
    const answer = await browser.fetch(path, { headers: sameOriginFetch })
    return answer.status === 200 ? JSON.parse(answer.body).headers['x-forwarded-user'] : answer.status
  }
  t.equal(await userAt('/api/x'), 'alice')
  t.equal(await userAt('/maybe'), 'alice')
  t.equal(await userAt('/open'), undefined)
  browser.setCookie('__Host-cogate', '1~garbage')
  t.equal(await userAt('/api/x'), 401)
  t.equal(await userAt('/maybe'), undefined)
  const page = await openBrowser().fetch('/api/x')
  t.equal(page.status, 401, 'a required route sends nobody to the sign-in')
  t.match(JSON.parse(page.body), { code: 'token_missing' })
})

t.test('a page for somebody without the group says so, and offers another account', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys, routes: [{ path: '/*', auth: 'login', groups: ['admin'] }] })
  const browser = openBrowser()
  const page = await browser.open('/', { as: 'bob' })
  t.equal(page.status, 403)
  t.match(page.body, /Use another account/)
  t.match(page.body, /href="\/_cogate\/logout"/)
  const script = await browser.fetch('/', { headers: sameOriginFetch })
  t.match(JSON.parse(script.body), { code: 'insufficient_group' })
})

t.test('an unsafe request with the cookie must come from a page of this origin', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, {
    keys,
    env: { COGATE_SESSION_ALLOWED_ORIGINS: 'https://admin.example.com' },
  })
  const browser = openBrowser()
  await browser.open('/')
  const post = async (headers: Readonly<Record<string, string>>) =>
    (await browser.fetch('/form', { method: 'POST', body: 'a=1', headers })).status
  t.equal(await post({ 'sec-fetch-site': 'same-origin' }), 200)
  t.equal(await post({ 'sec-fetch-site': 'none' }), 200)
  t.equal(await post({ origin: publicOrigin }), 200)
  t.equal(await post({ origin: 'https://admin.example.com', 'sec-fetch-site': 'same-site' }), 200)
  t.equal(await post({}), 200, 'neither header: no browser')
  const before = upstream.requests.length
  t.equal(await post({ 'sec-fetch-site': 'same-site' }), 403)
  t.equal(await post({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }), 403)
  t.equal(await post({ origin: 'https://evil.example' }), 403)
  t.equal(await post({ origin: 'null' }), 403)
  t.equal(await post({ origin: `${publicOrigin}.evil.example` }), 403)
  t.equal(upstream.requests.length, before)
  const get = await browser.fetch('/', { headers: { 'sec-fetch-site': 'cross-site', accept: 'text/html' } })
  t.equal(get.status, 200, 'a link of another site is fine')
})

t.test('a preflight needs no session where preflights pass (cors-02)', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys, env: { COGATE_CORS_PREFLIGHT: 'pass' } })
  const headers = { origin: 'https://other.example', 'access-control-request-method': 'PUT' }
  t.equal((await openBrowser().fetch('/x', { method: 'OPTIONS', headers })).status, 200)
  t.equal(upstream.requests.length, 1)
})

t.test('a page of somebody who is signed in is stored nowhere, unless the service says otherwise', async (t) => {
  const { openBrowser } = await startLoginWorld(t, {
    keys,
    handler: (request, response) => {
      const own = request.url === '/own' ? { 'cache-control': 'public, max-age=60' } : {}
      response.writeHead(200, { 'content-type': request.url === '/data' ? 'application/json' : 'text/html', ...own })
      response.end('x')
    },
  })
  const browser = openBrowser()
  await browser.open('/')
  const cacheOf = async (path: string) => (await browser.fetch(path)).headers['cache-control']
  t.equal(await cacheOf('/'), 'private, no-store')
  t.equal(await cacheOf('/own'), 'public, max-age=60')
  t.equal(await cacheOf('/data'), 'private')
})

t.test('the session endpoint tells a script who is signed in, and no token', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const without = await browser.fetch('/_cogate/session', { headers: sameOriginFetch })
  t.equal(without.status, 401)
  t.match(JSON.parse(without.body), { code: 'login_required' })
  await browser.open('/')
  const facts = JSON.parse((await browser.fetch('/_cogate/session', { headers: sameOriginFetch })).body)
  t.same(Object.keys(facts).toSorted(), [
    'authenticated',
    'expiresAt',
    'groups',
    'scopes',
    'sessionEndsAt',
    'sub',
    'username',
  ])
  t.match(facts, { authenticated: true, username: 'alice', groups: ['admin'] })
})

t.test('a script of a browser without Fetch Metadata is known by the headers of its library', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const accept = 'text/html, application/xhtml+xml'
  t.equal((await openBrowser().fetch('/x', { headers: { accept } })).status, 302)
  for (const name of [
    'x-requested-with',
    'hx-request',
    'turbo-frame',
    'x-turbo-request-id',
    'x-up-version',
    'x-pjax',
    'origin',
  ]) {
    const answer = await openBrowser().fetch('/x', { headers: { accept, [name]: publicOrigin } })
    t.equal(answer.status, 401, name)
    t.equal(answer.headers['cogate-login'], '/_cogate/login', name)
  }
  const form = { method: 'POST', body: 'a=b', headers: { accept, origin: publicOrigin } }
  t.match((await openBrowser().fetch('/x', form)).headers['content-type'], /text\/html/, 'a form has an origin')
})

t.test('a form of somebody without the group is answered with the page, and nothing is sent on', async (t) => {
  const routes = [
    { path: '/*', auth: 'login' },
    { path: '/admin', auth: 'login', groups: ['admin'] },
  ]
  const { openBrowser, upstream } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/', { as: 'bob' })
  const seen = upstream.requests.length
  const headers = { ...document, 'sec-fetch-site': 'same-origin' }
  const page = await browser.fetch('/admin', { method: 'POST', body: 'a=b', headers })
  t.equal(page.status, 403)
  t.match(page.body, /You may not open this page/)
  t.equal(upstream.requests.length, seen)
  const script = { ...sameOriginFetch, accept: 'text/html' }
  t.match(JSON.parse((await browser.fetch('/admin', { method: 'POST', headers: script })).body), {
    code: 'insufficient_group',
  })
})
