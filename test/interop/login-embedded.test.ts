/** The service in a frame of another site (`session.sameSite: none`), with Debian's Chromium over TLS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { foreignOrigin, signIn, skipChromium, startChromiumWorld } from '../helpers/chromium.ts'
import { publicOrigin } from '../helpers/login-world.ts'

const routes = [
  { path: '/*', auth: 'login' },
  { path: '/open/*', auth: 'none' },
]

function serve({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const form = '<form id="form" method="post" action="/form"><button>Send</button></form>'
  const out = '<form id="out" method="post" action="/_cogate/logout"><button>Sign out</button></form>'
  const shown = `<p id="user">${headers['x-forwarded-user']} ${method} ${url}</p>${form}${out}`
  const body = url === '/open/embed' ? `<iframe src="${publicOrigin}/inside?a=1"></iframe>` : shown
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${body}`)
}

/** The frame asks, a new tab signs in, and the page is loaded again. */
async function signInBeside(context: BrowserContext, page: Page): Promise<void> {
  await page.goto(`${foreignOrigin}/open/embed`)
  const frame = page.frameLocator('iframe')
  await frame.locator('p', { hasText: 'come back to this page, and reload it' }).waitFor()
  const opened = context.waitForEvent('page')
  await frame.locator('a').click()
  const tab = await opened
  await tab.waitForSelector('input[name=password]')
  await signIn(tab)
  await tab.waitForURL(`${publicOrigin}/inside?a=1`)
  await page.reload()
}

t.test('Chromium', { skip: skipChromium }, async (t) => {
  const env = { COGATE_SESSION_SAME_SITE: 'none' }
  const { openContext, openPermissive } = await startChromiumWorld(t, { routes, env, handler: serve })

  t.test('a person signs in beside the frame, works in it and signs out in it', async (t) => {
    const { context, openPage, violations } = await openPermissive(t)
    const page = await openPage()
    const frame = page.frameLocator('iframe')
    await signInBeside(context, page)
    t.equal(await frame.locator('#user').textContent(), 'alice GET /inside?a=1')
    // A key or mouse event whose frame goes away under it is not always answered, so the page gets the click itself.
    await frame.locator('#form button').dispatchEvent('click')
    await frame.locator('#user', { hasText: 'POST' }).waitFor()
    t.equal(await frame.locator('#user').textContent(), 'alice POST /form')
    await frame.locator('#out button').dispatchEvent('click')
    await frame.locator('h1', { hasText: 'You are signed out' }).waitFor()
    await frame.locator('a').dispatchEvent('click')
    await frame.locator('h1', { hasText: 'Please sign in' }).waitFor()
    const names = (await context.cookies(publicOrigin)).map(({ name }) => name)
    t.same(names, ['__Host-cogate-b'])
    t.same(violations, [])
  })

  t.test('where the browser sends no cookies from frames to other sites, the frame goes on to ask', async (t) => {
    const { context, openPage } = await openContext(t)
    const page = await openPage()
    await signInBeside(context, page)
    t.match(await page.frameLocator('iframe').locator('p').textContent(), /inside another page/)
  })
})
