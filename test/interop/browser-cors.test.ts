/**
 * A page in Chromium, served from another origin, calls the gate: what it can read of answers of the gate and of the service.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const executablePath = '/usr/bin/chromium'
const skip =
  !existsSync(executablePath) &&
  process.env['CI'] === undefined &&
  'chromium is not installed (apt-get install chromium)'

async function openPage(t: Test): Promise<{ readonly page: Page; readonly origin: string }> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'))
  const { port } = await listenOnLoopback(t, server)
  const origin = `http://127.0.0.1:${port}`
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  await page.goto(origin)
  return { page, origin }
}

interface Seen {
  readonly status?: number
  readonly code?: string
  readonly challenge?: string | null
  readonly requestId?: string | null
  /** The browser has kept the answer from the page. */
  readonly error?: string
}

/** What the page itself sees of an answer. The function runs in the browser. */
function call(page: Page, url: string, token: string): Promise<Seen> {
  return page.evaluate(
    async ([address, authorization]): Promise<Seen> => {
      try {
        const response = await fetch(address ?? '', { method: 'PUT', headers: { authorization: authorization ?? '' } })
        const { code } = (await response.json()) as { readonly code: string }
        const { headers, status } = response
        return { status, code, challenge: headers.get('www-authenticate'), requestId: headers.get('x-request-id') }
      } catch (error) {
        return { error: String(error) }
      }
    },
    [url, `Bearer ${token}`],
  )
}

t.test('a page of a listed origin reads why it is refused, and what the service lets it read', { skip }, async (t) => {
  const { page, origin } = await openPage(t)
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, (_, response) =>
    response.writeHead(200, { 'access-control-allow-origin': origin }).end('{"code":"of the service"}'),
  )
  const start = (origins: string) =>
    startTestGate(t, {
      issuer,
      upstream: upstream.url,
      env: { COGATE_CORS_ALLOW_ORIGINS: origins, COGATE_CORS_PREFLIGHT: 'answer' },
    })
  const gate = await start(origin)
  const expired = issuer.mintAccessToken({ expiresInSeconds: 0 })
  t.match(await call(page, `${gate.url}/x`, expired), {
    status: 401,
    code: 'token_expired',
    challenge: /^Bearer realm="cogate", error="invalid_token"/,
    requestId: /./,
  })
  t.equal(upstream.requests.length, 0)
  t.match(await call(page, `${gate.url}/x`, issuer.mintAccessToken()), { status: 200, code: 'of the service' })
  t.same(
    upstream.requests.map(({ method }) => method),
    ['PUT'],
    'no preflight has reached it',
  )
  const other = await start('https://other.example')
  t.match(await call(page, `${other.url}/x`, expired), { error: /Failed to fetch/ })
})
