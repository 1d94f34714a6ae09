import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const routes = [
  { path: '/*', auth: 'login' },
  { path: '/t/:tenant/*', auth: 'login', claims: { username: ':tenant' }, subject: 'user' },
  { path: '/people/*', auth: 'login', tokenUse: ['access', 'id'] },
  { path: '/id/*', tokenUse: ['id'] },
  { path: '/address/*', auth: 'login', claims: { email: 'alice@example.com' } },
]

t.test('a session meets demands with its access token, and no ID token helps', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys, routes })
  const browser = openBrowser()
  await browser.open('/')
  t.equal((await browser.open('/t/alice/x')).status, 200)
  const other = await browser.open('/t/bob/x')
  t.equal(other.status, 403)
  t.match(other.body, /You may not open this page/)
  t.equal((await browser.fetch('/t/alice%2Fbob/x')).status, 400)
  t.equal((await browser.open('/people/x')).status, 200)
  t.equal((await browser.fetch('/id/x')).status, 401, 'a session is an access token')
  t.equal((await browser.open('/address/x')).status, 403, 'the address is in the ID token alone')
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, accept: '*/*' } })
  t.equal((await openBrowser().fetch('/id/x', bearer(issuer.mintIdToken()))).status, 200)
  t.equal((await openBrowser().fetch('/people/x', bearer(issuer.mintIdToken()))).status, 200)
  t.equal((await openBrowser().fetch('/', bearer(issuer.mintIdToken()))).status, 401)
  const machine = await openBrowser().fetch('/t/x/y', bearer(issuer.mintM2mToken()))
  t.match([machine.status, JSON.parse(machine.body)], [403, { code: 'machine_not_allowed' }])
})
