/** Forward-auth with browser sign-in: a person gets to the sign-in through the other proxy, and the session counts there. */
import t from 'tap'
import { type Family, families, formsOf } from '../helpers/forward-auth.ts'
import { startLoginWorld } from '../helpers/login-world.ts'

const env = { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '127.0.0.1' }
const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const script = { accept: '*/*', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const foreign = { ...script, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

/** The question as the browser helper sends it; Host is the public one. */
function questionFor(family: Family, method: string, target: string) {
  const [requestLine = '', ...lines] = formsOf(family, { method, target, host: 'app.example.com' })
  const [verb = '', path = ''] = requestLine.split(' ')
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)]
  })
  return { path, method: verb, headers: Object.fromEntries(pairs) }
}

t.test('a person without a session is sent to the sign-in, which leads back to the page', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { env })
  for (const family of families) {
    const browser = openBrowser()
    const { path, ...question } = questionFor(family, 'GET', '/reports?year=2026')
    const answer = await browser.fetch(path, { ...question, headers: { ...question.headers, ...page } })
    const isNginx = family === 'url' || family === 'uri'
    t.equal(answer.status, isNginx ? 401 : 302, family)
    if (isNginx) t.equal(answer.headers['cogate-login'], '/_cogate/login?returnTo=%2Freports%3Fyear%3D2026')
    else t.match(answer.location, /oauth2\/authorize/)
    const next = isNginx ? String(answer.headers['cogate-login']) : answer.location
    const end = await browser.open(next)
    t.match(end.url, /\/reports\?year=2026$/, family)
    t.equal(end.status, 200)
  }
  t.ok(upstream.requests.every(({ url }) => url === '/reports?year=2026'))
})

t.test('a session passes with its identity, and a script without one is told where the sign-in is', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { env })
  const browser = openBrowser()
  await browser.open('/')
  for (const family of families) {
    const { path, ...question } = questionFor(family, 'GET', '/a')
    const headers = { ...question.headers, ...script }
    const known = await browser.fetch(path, { ...question, headers })
    t.match([known.status, known.headers['x-forwarded-user']], [200, /./], family)
    const unknown = await openBrowser().fetch(path, { ...question, headers })
    t.same([unknown.status, unknown.headers['cogate-login']], [401, '/_cogate/login'], family)
    t.match(unknown.headers['www-authenticate'], /^Bearer/)
  }
})

t.test('the session does not carry an unsafe request of another site', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { env })
  const browser = openBrowser()
  await browser.open('/')
  for (const family of families) {
    const { path, ...question } = questionFor(family, 'POST', '/a')
    const answer = await browser.fetch(path, { ...question, headers: { ...question.headers, ...foreign } })
    t.equal(answer.status, 403, family)
    t.match(JSON.parse(answer.body), { code: 'cross_site_request' })
  }
})

t.test(
  'the session does not open a WebSocket of another site, although the proxy that asks does not say Upgrade',
  async (t) => {
    const { openBrowser } = await startLoginWorld(t, { env })
    const browser = openBrowser()
    await browser.open('/')
    const handshake = { 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    for (const family of families) {
      const { path, ...question } = questionFor(family, 'GET', '/live')
      const ask = (page: object) =>
        browser.fetch(path, { ...question, headers: { ...question.headers, ...handshake, ...page } })
      const answer = await ask(foreign)
      t.match([answer.status, JSON.parse(answer.body || '{}').code], [403, 'cross_site_request'], family)
      t.equal((await ask({ 'sec-fetch-site': 'same-origin', origin: 'https://app.example.com' })).status, 200, family)
    }
  },
)

t.test('a session that is renewed for a question is set with its answer', async (t) => {
  const { openBrowser, clock } = await startLoginWorld(t, { env })
  const browser = openBrowser()
  await browser.open('/')
  clock.advance(59.5 * 60_000)
  const { path, ...question } = questionFor('forwarded', 'GET', '/a')
  const answer = await browser.fetch(path, { ...question, headers: { ...question.headers, ...script } })
  t.equal(answer.status, 200)
  t.ok(answer.headers['set-cookie'], 'Set-Cookie goes on to the browser')
})

t.test('a question about an endpoint of the gate is refused', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { env })
  for (const family of families) {
    const { path, ...question } = questionFor(family, 'GET', '/_cogate/login')
    t.equal((await openBrowser().fetch(path, question)).status, 404, family)
  }
})
