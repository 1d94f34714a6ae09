/**
 * The status page as Chromium shows it: live, in both languages, light and dark, on a desk and on a phone. With a folder in
 * SCREENSHOTS it leaves a picture of each there.
 */
import { join } from 'node:path'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { skipChromium } from '../helpers/chromium.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const routes = [
  { path: '/healthz', auth: 'none' },
  { path: '/admin/*', groups: ['admin', 'staff'], methods: ['GET', 'POST'] },
  { path: '/reports/*', scopes: ['reports/read'], mode: 'report' },
  { path: '/payments/*', acr: ['urn:cognito:loa:3'], maxAuthAge: '15m' },
  { path: '/t/:tenant/*', claims: { 'custom:tenant': ':tenant' }, subject: 'user', tokenUse: ['access'] },
]

async function startWorld(t: Test) {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes })
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--disable-dev-shm-usage'] })
  t.teardown(() => browser.close())
  const openPage = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ locale: 'en-US', timezoneId: 'Asia/Tokyo', ...options })
    const faults: string[] = []
    context.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(gate.opsUrl)) faults.push(request.url())
    })
    await page.goto(`${gate.opsUrl}/`)
    await page.locator('#refusals').waitFor()
    return { page, faults }
  }
  const send = async (path: string, token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    await (await fetch(gate.url + path, { headers })).text()
  }
  return { issuer, gate, openPage, send }
}

type World = Awaited<ReturnType<typeof startWorld>>

/** What a morning looks like: some requests, some refusals. */
async function sendSome({ issuer, send }: World): Promise<void> {
  const token = issuer.mintAccessToken()
  for (let count = 0; count < 40; count++) await send('/orders/17', token)
  for (let count = 0; count < 3; count++) await send('/healthz')
  await send('/admin/users?q=secret', token)
  await send('/reports/2026', token)
  await send('/payments/8', token)
  await send('/reset/0b9e7f3c2d1a4e5f8a7b6c5d4e3f2a1b')
  await send('/orders/17', issuer.mintAccessToken({ expiresInSeconds: -900 }))
  await send('/orders/%E6%B3%A8%E6%96%87', 'not.a.token')
}

const rows = (page: Page, part: string) => page.locator(`#${part} tbody tr`)
const fits = 'document.documentElement.scrollWidth <= innerWidth'

/** Ratio of two colours by WCAG 2.2, of every element that holds text. */
const lowestContrast = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0)
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour[3] !== 0) return colour
    }
    return [255, 255, 255]
  }
  const texts = [...document.body.querySelectorAll('*')].filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  return Math.min(...texts.filter((one) => one.checkVisibility() && !/SCRIPT|STYLE|OPTION/.test(one.tagName)).map((one) => {
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(behind(one))].toSorted((x, y) => y - x)
    return (a + 0.05) / (b + 0.05)
  }))
})()`

t.test('the status page in Chromium', { skip: skipChromium }, async (t) => {
  const world = await startWorld(t)
  await sendSome(world)

  await t.test('it shows rules, keys, connections, numbers and refusals, and no query', async (t) => {
    const { page, faults } = await world.openPage()
    t.equal(await page.locator('#state').textContent(), 'Ready')
    t.equal(await rows(page, 'routes').count(), routes.length + 1)
    t.match(await rows(page, 'routes').nth(1).textContent(), /one of the groups admin, staff/)
    t.match(await rows(page, 'keys').first().textContent(), /✔ Usable/)
    const reasons = await page.locator('#refusals tbody td:nth-child(2)').allTextContents()
    t.same(reasons, [
      '401 token_malformed',
      '401 token_expired',
      '401 token_missing',
      '401 reauthentication_required',
      '403 insufficient_group',
    ])
    t.notMatch(await page.content(), /secret|0b9e7f3c2d/)
    t.same(faults, [])
  })

  await t.test('it is live: a refusal appears by itself, and not while it is paused', async (t) => {
    const { page, faults } = await world.openPage()
    const before = await rows(page, 'refusals').count()
    await world.send('/admin/new')
    await rows(page, 'refusals').nth(before).waitFor()
    await page.click('#pause')
    t.equal(await page.locator('#pause').textContent(), 'Go on')
    await world.send('/admin/newer')
    t.equal(await rows(page, 'refusals').count(), before + 1)
    await page.click('#pause')
    await rows(page, 'refusals')
      .nth(before + 1)
      .waitFor()
    t.same(faults, [])
  })

  await t.test('what a caller has sent is text, and runs nothing', async (t) => {
    const { page, faults } = await world.openPage()
    await page.route('**/status', async (route) => {
      const response = await route.fetch()
      const data = await response.json()
      const evil = '<img src=x onerror=alert(1)>'
      const refusals = [{ ...data.refusals[0], path: evil, method: evil, requestId: evil }]
      await route.fulfill({ response, json: { ...data, refusals, version: evil } })
    })
    await page.reload()
    await page.locator('#refusals tbody tr').waitFor()
    t.match(await page.locator('#refusals tbody td').nth(1).textContent(), '<img src=x onerror=alert(1)>')
    t.equal(await page.locator('img').count(), 0)
    t.same(faults, [])
  })

  await t.test('it says so when the gate does not answer, and keeps what it had', async (t) => {
    const { page } = await world.openPage()
    t.equal(await page.locator('#lost').textContent(), '')
    await page.route('**/status', (route) => route.abort())
    await page.locator('#lost:has-text("No answer since")').waitFor()
    t.equal(await rows(page, 'routes').count(), routes.length + 1)
    await page.unroute('**/status')
    await page.locator('#lost:empty').waitFor({ state: 'attached' })
  })

  await t.test('the language is that of the browser, and can be changed', async (t) => {
    const { page, faults } = await world.openPage({ locale: 'ja-JP' })
    t.equal(await page.locator('html').getAttribute('lang'), 'ja')
    t.equal(await page.locator('#state').textContent(), '受け付け可能')
    await page.selectOption('#lang', 'en')
    t.equal(await page.locator('#state').textContent(), 'Ready')
    t.equal(await page.title(), 'cogate: status')
    t.same(faults, [])
  })

  const phone = { viewport: { width: 360, height: 740 }, isMobile: true, deviceScaleFactor: 2 } as const
  const looks = [
    { name: 'light', options: { viewport: { width: 1200, height: 800 } } },
    { name: 'dark', options: { viewport: { width: 1200, height: 800 }, colorScheme: 'dark' } },
    { name: 'japanese', options: { viewport: { width: 1200, height: 800 }, locale: 'ja-JP' } },
    { name: 'phone', options: phone },
    { name: 'phone-japanese-dark', options: { ...phone, locale: 'ja-JP', colorScheme: 'dark' } },
  ] as const
  for (const { name, options } of looks) {
    await t.test(`${name}: it fits, and every text can be read`, async (t) => {
      const { page, faults } = await world.openPage(options)
      t.equal(await page.evaluate(fits), true)
      const contrast = Number(await page.evaluate(lowestContrast))
      t.ok(contrast >= 4.5, `contrast ${contrast}`)
      t.equal(await page.locator('h1').count(), 1)
      const folder = process.env['SCREENSHOTS']
      if (folder) await page.screenshot({ path: join(folder, `status-${name}.png`), fullPage: true })
      t.same(faults, [])
    })
  }

  await t.test('a screen reader finds tables with headings, names of controls, and news that speak', async (t) => {
    const { page } = await world.openPage(phone)
    const tables = page.getByRole('table')
    t.equal(await tables.count(), 4)
    t.equal(await tables.first().getByRole('columnheader').count(), 5)
    t.equal(await page.getByRole('region', { name: 'User pools and keys' }).count(), 1)
    t.equal(await page.getByLabel('Language').count(), 1)
    t.equal(await page.getByRole('button', { name: 'Pause' }).count(), 1)
    t.equal(await page.getByRole('status').count(), 1)
  })
})
