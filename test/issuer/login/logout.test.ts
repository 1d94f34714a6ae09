import t from 'tap'
import { createKeys } from '../../../src/issuer/keys.ts'
import { type Issuer, startTestIssuer } from '../../helpers/issuer.ts'
import { askForCode, openBrowser, signIn } from '../../helpers/issuer-browser.ts'
import { refresh, signInForTokens } from '../../helpers/issuer-tokens.ts'

const keys = createKeys()

function logoutUrl(issuer: Issuer, parameters: Readonly<Record<string, string>>): string {
  return `${issuer.url}/logout?${new URLSearchParams(parameters)}`
}

t.test('sign-out ends the session here and goes to the sign-out URL; refresh tokens stay valid', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer).url)
  const cookie = browser.cookies.get('cognito') ?? ''
  const { refreshToken } = await signInForTokens(issuer)
  const logout_uri = 'http://127.0.0.1:8181/_cogate/logged-out?x=1'
  const { status, location } = await browser.get(logoutUrl(issuer, { client_id: issuer.clientId, logout_uri }))
  t.same([status, location?.href], [302, logout_uri])
  t.notOk(browser.cookies.has('cognito'))
  t.equal((await browser.get(askForCode(issuer).url)).location?.pathname, '/login')
  browser.cookies.set('cognito', cookie)
  t.equal(
    (await browser.get(askForCode(issuer).url)).location?.pathname,
    '/login',
    'a copy of the cookie is worth nothing',
  )
  t.equal((await refresh(issuer, refreshToken)).status, 200)
})

t.test('sign-out with a callback shows the sign-in form for it', async (t) => {
  const issuer = await startTestIssuer(t, { keys })
  const browser = openBrowser()
  const { url } = askForCode(issuer)
  await signIn(browser, url)
  const { status, location } = await browser.get(`${issuer.url}/logout${url.search}`)
  t.same([status, location?.href], [302, `${issuer.url}/login${url.search}`])
  t.equal((await browser.get(url)).location?.pathname, '/login')
})

t.test('a sign-out to anywhere else gets a page, no redirect, and ends nothing', async (t) => {
  const clients = [{ clientId: 'registered', logoutUrls: ['https://app.example.com/bye'] }]
  const issuer = await startTestIssuer(t, { keys, clients })
  const browser = openBrowser()
  await signIn(browser, askForCode(issuer).url)
  for (const parameters of [
    {},
    { client_id: issuer.clientId },
    { client_id: 'nobody', logout_uri: 'http://localhost/' },
    { client_id: issuer.clientId, logout_uri: 'https://evil.example/' },
    { client_id: issuer.clientId, post_logout_redirect_uri: 'http://localhost/' },
    { client_id: 'registered', logout_uri: 'http://localhost/' },
    { client_id: 'registered', logout_uri: 'https://app.example.com/bye/' },
  ]) {
    const { status, location } = await browser.get(logoutUrl(issuer, parameters as Record<string, string>))
    t.same([status, location], [400, undefined], JSON.stringify(parameters))
  }
  t.ok((await browser.get(askForCode(issuer).url)).location?.searchParams.has('code'), 'still signed in')
  const registered = { client_id: 'registered', logout_uri: 'https://app.example.com/bye' }
  t.equal((await browser.get(logoutUrl(issuer, registered))).location?.href, registered.logout_uri)
})
