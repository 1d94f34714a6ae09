/**
 * Attack: a page of another site makes a browser send a request with the session cookie of a victim (CSRF). A green run proves
 * that no unsafe request and no WebSocket of another origin reaches the service by a session.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { publicOrigin, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()

/** What browsers say of a request that a page of another origin has caused. */
const foreign: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://app.example.com' },
  { origin: `${publicOrigin}:444` },
  { origin: `${publicOrigin}.evil.example` },
  { origin: `${publicOrigin}/` },
]

t.test('an unsafe request of another origin does not pass by a session', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const seen = upstream.requests.length
  for (const headers of foreign) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY']) {
      const answer = await browser.fetch('/form', { method, headers })
      t.equal(answer.status, 403, `${method} ${JSON.stringify(headers)}`)
      t.match(JSON.parse(answer.body), { code: 'cross_site_request' })
    }
  }
  t.equal(upstream.requests.length, seen)
})

t.test('a WebSocket of another origin does not open by a session', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const seen = upstream.requests.length
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  for (const headers of foreign) {
    const answer = await browser.fetch('/socket', { headers: { ...headers, ...upgrade } })
    t.equal(answer.status, 403, JSON.stringify(headers))
  }
  t.equal(upstream.requests.length, seen)
})

t.test('a refusal of another origin changes no cookie', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  for (const headers of foreign) {
    const answer = await browser.fetch('/form', { method: 'POST', headers })
    t.equal(answer.headers['set-cookie'], undefined, JSON.stringify(headers))
  }
})
