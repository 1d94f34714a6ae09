/**
 * A page in Chromium whose token is a subprotocol, a cookie or a password: what opens, and what a page of another origin cannot do
 * with it.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startSocketUpstream } from '../helpers/websockets.ts'

const executablePath = '/usr/bin/chromium'
const skip =
  !existsSync(executablePath) &&
  process.env['CI'] === undefined &&
  'chromium is not installed (apt-get install chromium)'

const routes = [{ path: '/page', auth: 'none' }]

async function start(t: Test, sources: string) {
  const issuer = await startTestIssuer(t)
  const upstream = await startSocketUpstream(t)
  const env = { COGATE_CREDENTIALS_SOURCES: sources }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  t.teardown(() => browser.close())
  const context = await browser.newContext()
  const openPage = async (url: string) => {
    const page = await context.newPage()
    await page.goto(url)
    return page
  }
  return {
    gate,
    upstream,
    context,
    token: issuer.mintAccessToken(),
    openPage,
    page: await openPage(`${gate.url}/page`),
  }
}

/** The subprotocol that the page sees, or `refused`. The function runs in the browser. */
function openSocket(page: Page, url: string, protocols: readonly string[]): Promise<string> {
  return page.evaluate(
    ([address, offered]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address, [...offered])
        socket.onerror = () => resolve('refused')
        socket.onopen = () => {
          resolve(`open ${socket.protocol}`)
          socket.close()
        }
      }),
    [url.replace('http', 'ws'), protocols] as const,
  )
}

/** The status, or `opaque` where the page may not read the answer. The function runs in the browser. */
function post(page: Page, url: string): Promise<string> {
  return page.evaluate(async (address) => {
    const response = await fetch(address, { method: 'POST', mode: 'no-cors', credentials: 'include' })
    return response.type === 'opaque' ? 'opaque' : String(response.status)
  }, url)
}

/** A page of another origin, of the same site. */
async function startNeighbour(t: Test): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'))
  return `http://127.0.0.1:${(await listenOnLoopback(t, server)).port}`
}

t.test(
  'a page opens a WebSocket with its token as a subprotocol, alone or beside one of its own',
  { skip },
  async (t) => {
    const { gate, page, token } = await start(t, 'webSocketProtocol')
    const marker = 'base64url.bearer.cogate'
    t.equal(await openSocket(page, `${gate.url}/live`, [marker, token]), `open ${marker}`)
    t.equal(await openSocket(page, `${gate.url}/live`, ['chat', marker, token]), 'open chat')
    t.equal(await openSocket(page, `${gate.url}/live`, [marker, 'a.b.c']), 'refused')
    t.equal(await openSocket(page, `${gate.url}/live`, ['chat']), 'refused')
  },
)

t.test('a cookie serves the pages of the host, and no page of another origin', { skip }, async (t) => {
  const { gate, page, token, context, openPage, upstream } = await start(t, 'cookie:tok')
  await context.addCookies([{ name: 'tok', value: token, url: gate.url }])
  const posts = () => upstream.requests.filter(({ method }) => method === 'POST').length
  t.equal(await openSocket(page, `${gate.url}/live`, []), 'open ')
  t.equal(await post(page, `${gate.url}/x`), '200')
  t.equal(posts(), 1)
  const neighbour = await openPage(await startNeighbour(t))
  t.equal(await openSocket(neighbour, `${gate.url}/live`, []), 'refused')
  t.equal(await post(neighbour, `${gate.url}/x`), 'opaque')
  await gate.logged(({ reason, method }) => reason === 'cross_site_request' && method === 'POST')
  t.equal(posts(), 1)
})

t.test(
  'a browser that was asked for a password sends it with what another origin asks for: it is refused',
  { skip },
  async (t) => {
    const { gate, token, context, upstream } = await start(t, 'bearer,basicPassword')
    await context.setHTTPCredentials({ username: 'any', password: token, origin: gate.url })
    const own = await context.newPage()
    t.equal((await own.goto(`${gate.url}/x`))?.status(), 200)
    t.equal(await post(own, `${gate.url}/x`), '200')
    const neighbour = await context.newPage()
    await neighbour.goto(await startNeighbour(t))
    t.equal(await post(neighbour, `${gate.url}/x`), 'opaque')
    await gate.logged(({ reason }) => reason === 'cross_site_request')
    t.equal(upstream.requests.filter(({ method }) => method === 'POST').length, 1)
  },
)
