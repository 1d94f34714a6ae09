/**
 * Browser sign-in with a browser that nobody here wrote: Debian's Chromium, over TLS, with the stand-in for Cognito. A green
 * run proves that cookies, Fetch Metadata, redirects and the back button work together as the other tests suppose.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { foreignOrigin, siblingOrigin, signIn, skipChromium, startChromiumWorld } from '../helpers/chromium.ts'
import { publicOrigin } from '../helpers/login-world.ts'

const hourMs = 3_600_000
const routes = [
  { path: '/*', auth: 'login' },
  { path: '/open/*', auth: 'none' },
]

/** The service: pages with what the browser has to do, and JSON at /data. */
const bodies: Readonly<Record<string, string>> = {
  '/form': '<form method="post"><input name="text"><button>Send</button></form>',
  '/open/frame': '<iframe src="/inside"></iframe>',
  '/open/ahead': '<link rel="prefetch" href="/ahead">',
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '', headers } = request
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const user = String(headers['x-forwarded-user'] ?? 'nobody')
    const sent = `<p id="sent">${method} ${Buffer.concat(chunks)}</p>`
    const page = `<!doctype html><title>service</title><p id="user">${user}</p><p id="url">${url}</p>${sent}
${bodies[url] ?? ''}<a href="/_cogate/logout">Sign out</a>`
    if (url === '/events') response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
    else if (url === '/data')
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ user }))
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
}

async function startWorld(t: Test) {
  const world = await startChromiumWorld(t, { routes, handler: serve })
  const sockets = new WebSocketServer({ server: world.upstream.server })
  sockets.on('connection', (socket) => socket.send('hello'))
  return world
}

async function openSignedIn(page: Page, path = '/'): Promise<void> {
  await page.goto(publicOrigin + path)
  await signIn(page)
  await page.waitForSelector('#user')
}

/** In the page: what a WebSocket to the service comes to. */
const openSocket = `new Promise((resolve) => {
  const socket = new WebSocket('wss://app.example.com/socket')
  socket.onmessage = ({ data }) => resolve(data)
  socket.onerror = () => resolve('refused')
})`

t.test('Chromium', { skip: skipChromium }, async (t) => {
  const { openContext, issuer, clock, upstream, gate } = await startWorld(t)

  t.test('a deep link leads through the sign-in to the page', async (t) => {
    const { openPage, violations } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page, '/reports/7?tab=2')
    t.equal(page.url(), `${publicOrigin}/reports/7?tab=2`)
    t.equal(await page.textContent('#user'), 'alice')
    t.equal(await page.textContent('#url'), '/reports/7?tab=2')
    t.same(violations, [])
  })

  t.test('three tabs that sign in at once end at their own pages', async (t) => {
    const { openPage } = await openContext(t)
    const tabs = await Promise.all(['/a', '/b', '/c'].map(async (path) => ({ path, page: await openPage() })))
    await Promise.all(tabs.map(({ page, path }) => page.goto(publicOrigin + path)))
    for (const { page, path } of tabs) {
      // Of forms that are opened at once, the stand-in takes the last one: its cookie is one for all.
      await page.reload()
      await signIn(page)
      await page.waitForURL(publicOrigin + path)
      t.equal(await page.textContent('#user'), 'alice')
    }
  })

  t.test('twenty fetches at expiry all succeed with one refresh, and the session goes on', async (t) => {
    const { openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    clock.advance(hourMs)
    const before = issuer.login.tokenRequests('refresh_token')
    const ask = "Promise.all(Array.from({ length: 20 }, () => fetch('/data').then(({ status }) => status)))"
    t.same(
      await page.evaluate(ask),
      Array.from({ length: 20 }, () => 200),
    )
    t.equal(issuer.login.tokenRequests('refresh_token'), before + 1)
    await page.reload()
    t.equal(await page.textContent('#user'), 'alice')
  })

  t.test('a form that is sent after the session has ended gets a page, and can be sent again', async (t) => {
    const { context, openPage, violations } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page, '/form')
    issuer.login.signOutEverywhere('alice')
    clock.advance(hourMs)
    await page.fill('input[name=text]', 'a long text')
    const seen = upstream.requests.length
    await page.click('button')
    await page.waitForSelector('text=Please sign in')
    t.equal(upstream.requests.length, seen)
    const [tab] = await Promise.all([context.waitForEvent('page'), page.click('a')])
    await tab.waitForSelector('input[name=password]')
    await signIn(tab)
    await tab.waitForSelector('#user')
    await page.reload()
    t.equal(await page.textContent('#sent'), 'POST text=a+long+text')
    t.same(violations, [])
  })

  t.test('a sign-out ends the session, and the back button shows nothing of it', async (t) => {
    const { openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page, '/secret')
    await page.click('text=Sign out')
    await page.waitForURL(`${publicOrigin}/_cogate/logged-out`)
    t.match(await page.textContent('h1'), 'You are signed out')
    await page.goBack()
    await page.waitForSelector('input[name=password]')
    t.equal(await page.locator('#user').count(), 0)
  })

  t.test('a tampered cookie leads to a new sign-in, never to the page', async (t) => {
    const { context, openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    const session = (await context.cookies(publicOrigin)).find(({ name }) => name === '__Host-cogate')
    t.match(session, { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: 'app.example.com' })
    const { value = '' } = session ?? {}
    const changed = value.slice(0, -9) + (value.at(-9) === 'A' ? 'B' : 'A') + value.slice(-8)
    await context.addCookies([{ ...session, name: '__Host-cogate', value: changed }])
    const seen = upstream.requests.length
    const answer = await page.evaluate("fetch('/data').then(({ status }) => status)")
    t.equal(answer, 401)
    t.equal(upstream.requests.length, seen)
    t.equal(await page.evaluate('document.cookie'), '', 'no script sees a cookie')
    await page.goto(`${publicOrigin}/again`)
    await page.waitForURL(`${publicOrigin}/again`)
    t.equal(await page.textContent('#user'), 'alice')
  })

  t.test('a cookie of another host of the site is not kept under the names of the gate', async (t) => {
    const { context, openPage } = await openContext(t)
    const page = await openPage()
    await page.goto(`${siblingOrigin}/open/x`)
    for (const name of ['__Host-cogate', '__Host-cogate-b', 'other']) {
      await page.evaluate(`document.cookie = '${name}=tossed; Domain=example.com; Path=/; Secure'`)
    }
    const kept = await context.cookies(publicOrigin)
    t.same(
      kept.map(({ name }) => name),
      ['other'],
    )
  })

  t.test('a frame shows a link that leads the whole window to the sign-in', async (t) => {
    const { openPage, violations } = await openContext(t)
    const page = await openPage()
    await page.goto(`${publicOrigin}/open/frame`)
    const frame = page.frameLocator('iframe')
    await frame.locator('h1').waitFor()
    t.match(await frame.locator('p').textContent(), /inside another page/)
    await frame.locator('a').click()
    await page.waitForSelector('input[name=password]')
    await signIn(page)
    await page.waitForURL(`${publicOrigin}/inside`)
    t.same(violations, [])
  })

  t.test('a page that is fetched ahead of time begins no sign-in', async (t) => {
    const { context, openPage } = await openContext(t)
    const page = await openPage()
    const ahead = page.waitForResponse(`${publicOrigin}/ahead`)
    await page.goto(`${publicOrigin}/open/ahead`)
    t.equal((await ahead).status(), 401)
    t.same(await context.cookies(), [])
  })

  t.test('a WebSocket of another origin is refused, and one of the page itself is open', async (t) => {
    const { openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    t.equal(await page.evaluate(openSocket), 'hello')
    await page.goto(`${siblingOrigin}/open/x`)
    t.equal(await page.evaluate(openSocket), 'refused')
    t.match(await gate.logged(isSocket('cross_site_request')), { status: 403 })
    await page.goto(`${foreignOrigin}/open/x`)
    t.equal(await page.evaluate(openSocket), 'refused')
    t.match(await gate.logged(isSocket('login_required')), { status: 401 }, 'SameSite keeps the cookie back')
  })

  t.test('the browser keeps the session that comes with the answer that opens a WebSocket', async (t) => {
    const { context, openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    const sessionNow = async () => (await context.cookies()).find(({ name }) => name === '__Host-cogate')?.value
    const before = await sessionNow()
    clock.advance(hourMs)
    t.equal(await page.evaluate(openSocket), 'hello')
    const after = await sessionNow()
    t.ok(after)
    t.not(after, before)
  })

  t.test('an event stream ends with the sign-out in another tab, and does not come back', async (t) => {
    const { openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    const first = await page.evaluate(`new Promise((resolve) => {
      window.events = new EventSource('/events')
      window.over = new Promise((done) => {
        window.events.onerror = () => window.events.readyState === EventSource.CLOSED && done('closed')
      })
      window.events.onmessage = ({ data }) => resolve(data)
    })`)
    t.equal(first, 'hello')
    const other = await openPage()
    await other.goto(publicOrigin)
    await other.click('text=Sign out')
    t.equal(await page.evaluate('window.over'), 'closed')
  })

  t.test('a form of another site changes nothing, and signs nobody out', async (t) => {
    const { openPage } = await openContext(t)
    const page = await openPage()
    await openSignedIn(page)
    for (const [origin, path] of [
      [siblingOrigin, '/form'],
      [siblingOrigin, '/_cogate/logout'],
      [foreignOrigin, '/_cogate/logout'],
    ]) {
      await page.goto(`${origin}/open/x`)
      const seen = upstream.requests.length
      await page.evaluate(`{
        const form = document.body.appendChild(document.createElement('form'))
        form.method = 'post'
        form.action = '${publicOrigin}${path}'
        form.submit()
      }`)
      await page.waitForURL(`${publicOrigin}${path}`)
      t.match(await page.textContent('body'), 'cross_site_request', `${origin}${path}`)
      const posts = upstream.requests.slice(seen).filter(({ method }) => method === 'POST')
      t.equal(posts.length, 0)
    }
    await page.goto(`${publicOrigin}/still`)
    t.equal(await page.textContent('#user'), 'alice')
  })
})

function isSocket(reason: string) {
  return (line: Readonly<Record<string, unknown>>) => line['path'] === '/socket' && line['reason'] === reason
}
