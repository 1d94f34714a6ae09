/** The pages as text: what they say of the request that they answer. How they look is seen in Chromium (test/interop). */
import { join } from 'node:path'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const routes = [
  { path: '/*', auth: 'login' },
  { path: '/admin', auth: 'login', groups: ['admin'] },
]

t.test(
  'a page about something that a person cannot mend shows the id of its request, and no other page does',
  async (t) => {
    const { openBrowser } = await startLoginWorld(t, { keys, routes })
    const browser = openBrowser()
    await browser.open('/', { as: 'bob' })
    const shownBy = async (path: string, language: string) => {
      const { body, headers } = await browser.fetch(path, {
        headers: { accept: 'text/html', 'accept-language': language },
      })
      return [body.match(/<p class="request">(.*)<\/p>/)?.[1], headers['x-request-id']]
    }
    const [english, id] = await shownBy('/admin', 'en')
    t.equal(english, `Request ID: <code>${id}</code>`)
    const [japanese, other] = await shownBy('/admin', 'ja')
    t.equal(japanese, `リクエスト ID: <code>${other}</code>`)
    t.match(await shownBy('/_cogate/callback?code=x&state=y', 'en'), [/^Request ID: /])
    t.match(await shownBy('/_cogate/logout', 'en'), [undefined])
    t.match(await shownBy('/_cogate/logged-out', 'en'), [undefined])
  },
)

t.test('a page of your own says the id where it has a place for it', async (t) => {
  const folder = t.testdir({
    places: { 'page.html': '<i>{{title}}</i>{{request}}' },
    none: { 'page.html': '<i>{{title}}</i>' },
  })
  for (const [name, expected] of [
    ['places', /^<i>You may not open this page<\/i><p class="request">Request ID: <code>[\w-]+<\/code><\/p>$/],
    ['none', /^<i>You may not open this page<\/i>$/],
  ] as const) {
    const { openBrowser } = await startLoginWorld(t, {
      keys,
      routes,
      env: { COGATE_LOGIN_PAGES_DIR: join(folder, name) },
    })
    const browser = openBrowser()
    await browser.open('/', { as: 'bob' })
    t.match((await browser.fetch('/admin', { headers: { accept: 'text/html' } })).body.trim(), expected)
  }
})
