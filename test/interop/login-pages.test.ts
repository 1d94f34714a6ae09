/**
 * The pages of the gate as Chromium shows them: in both languages, light and dark, on a desk and on a phone. With a folder
 * in SCREENSHOTS it leaves a picture of each there.
 */
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { texts } from '../../src/login/pages/texts.ts'
import {
  type ChromiumWorld,
  foreignOrigin,
  type Profile,
  signIn,
  skipChromium,
  startChromiumWorld,
} from '../helpers/chromium.ts'
import { publicOrigin } from '../helpers/login-world.ts'
import { startUpstream } from '../helpers/upstream.ts'

type PageName = keyof typeof texts.en

const hourMs = 3_600_000
const routes = [
  { path: '/*', auth: 'login' },
  { path: '/admin', auth: 'login', groups: ['admin'] },
  { path: '/strong', auth: 'login', acr: ['urn:cognito:loa:4'] },
  { path: '/open/*', auth: 'none' },
]
const keys = createKeys()

function startWorld(t: Test, env: Readonly<Record<string, string>> = {}): Promise<ChromiumWorld> {
  return startChromiumWorld(t, {
    keys,
    routes,
    env,
    handler: ({ url }, response) => {
      const body = url === '/open/frame' ? '<iframe width="300" height="400" src="/inside"></iframe>' : 'service'
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><p id="service">${body}</p>`)
    },
  })
}

interface Scene extends Profile {
  readonly world: ChromiumWorld
  readonly page: Page
}

async function openSignedIn({ page }: Scene, username = 'alice'): Promise<void> {
  await page.goto(publicOrigin)
  if ((await page.locator('input[name=username]').count()) > 0) await signIn(page, username)
  await page.waitForSelector('#service')
}

async function openFrame({ page }: Scene): Promise<void> {
  await page.goto(`${publicOrigin}/open/frame`)
  await page.frameLocator('iframe').locator('main').waitFor()
}

async function sendForm({ page }: Scene, target: string): Promise<void> {
  await page.goto(`${publicOrigin}/open/x`)
  await page.evaluate(`{
    const form = document.body.appendChild(document.createElement('form'))
    form.method = 'post'
    form.action = '${target}'
    form.submit()
  }`)
}

/** How a person comes to see each page. */
const ways: Readonly<Record<PageName, (scene: Scene) => Promise<unknown>>> = {
  form_without_session: (scene) => sendForm(scene, '/form'),
  framed: openFrame,
  embedded: openFrame,
  sign_out: ({ page }) => page.goto(`${publicOrigin}/_cogate/logout`),
  signed_out: ({ page }) => page.goto(`${publicOrigin}/_cogate/logged-out`),
  async not_allowed(scene) {
    await openSignedIn(scene, 'bob')
    await scene.page.goto(`${publicOrigin}/admin`)
  },
  async not_strong_enough(scene) {
    scene.world.issuer.login.faults.ignoreAcr = true
    await openSignedIn(scene)
    await scene.page.goto(`${publicOrigin}/strong`)
  },
  async form_not_strong_enough(scene) {
    await openSignedIn(scene)
    await sendForm(scene, '/strong')
  },
  state_invalid: ({ page }) => page.goto(`${publicOrigin}/_cogate/callback?code=x&state=y`),
  async login_loop(scene) {
    for (let count = 0; count < 3; count++) {
      await openSignedIn(scene)
      await scene.context.clearCookies({ name: '__Host-cogate' })
    }
    await scene.page.goto(publicOrigin)
  },
  async login_failed({ page, world }) {
    world.issuer.login.failNext('invalid_grant')
    await page.goto(publicOrigin)
    await signIn(page)
  },
  async session_unavailable(scene) {
    await openSignedIn(scene)
    scene.world.clock.advance(hourMs)
    scene.world.issuer.login.failNext(503, { count: 9 })
    await scene.page.goto(publicOrigin)
  },
}

const looks = [
  { name: 'English, light, desk', lang: 'en', options: {} },
  { name: 'Japanese, dark, phone', lang: 'ja', options: { locale: 'ja-JP', colorScheme: 'dark', ...phone() } },
] as const

function phone() {
  return { viewport: { width: 320, height: 640 }, isMobile: true, deviceScaleFactor: 2 } as const
}

const measure = `(() => {
  const style = (name) => getComputedStyle(document.querySelector(name))
  return {
    lang: document.documentElement.lang,
    round: style('main').borderRadius,
    page: style('body').backgroundColor,
    fits: document.documentElement.scrollWidth <= innerWidth,
    headings: document.querySelectorAll('h1').length,
    deeds: document.querySelectorAll('a[href], form button').length,
  }
})()`

for (const { name, lang, options } of looks) {
  t.test(
    `${name}: every page has its words and its style, and no console complains`,
    { skip: skipChromium },
    async (t) => {
      const [usual, embedded] = [await startWorld(t), await startWorld(t, { COGATE_SESSION_SAME_SITE: 'none' })]
      for (const [kind, go] of Object.entries(ways)) {
        await t.test(kind, async (t) => {
          const world = kind === 'embedded' ? embedded : usual
          const profile = await world.openContext(t, options)
          const page = await profile.openPage()
          await go({ ...profile, world, page })
          await page.waitForSelector('main, iframe')
          const shown = page.frames().at(-1) ?? page
          t.equal(await shown.textContent('h1'), texts[lang][kind as PageName].title)
          const background = lang === 'ja' ? 'rgb(17, 22, 28)' : 'rgb(242, 244, 247)'
          const seen = { lang, round: '12px', page: background, fits: true, headings: 1, deeds: 1 }
          t.same(await shown.evaluate(measure), seen)
          t.same(profile.violations, [])
          await keepPicture(page, `${kind}-${lang}`)
        })
      }
    },
  )
}

async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` })
}

t.test('the button of the sign-out page signs out, through Cognito and back', { skip: skipChromium }, async (t) => {
  const world = await startWorld(t)
  const profile = await world.openContext(t)
  const page = await profile.openPage()
  await openSignedIn({ ...profile, world, page })
  await page.goto(`${publicOrigin}/_cogate/logout`)
  await page.click('button')
  await page.waitForURL(`${publicOrigin}/_cogate/logged-out`)
  t.equal(world.issuer.login.revocations, 1)
  await page.goto(publicOrigin)
  await page.waitForSelector('input[name=password]')
  t.same(profile.violations, [])
})

t.test('a sign-out that goes on to the provider behind Cognito is not stopped', { skip: skipChromium }, async (t) => {
  const { url } = await startUpstream(t, (_, response) => {
    response.writeHead(302, { location: `${foreignOrigin}/open/provider` }).end()
  })
  const world = await startWorld(t, { COGATE_LOGIN_DOMAIN: url })
  const { openPage, violations } = await world.openContext(t)
  const page = await openPage()
  await page.goto(`${publicOrigin}/_cogate/logout`)
  await page.click('button')
  await page.waitForURL(`${foreignOrigin}/open/provider`, { timeout: 10_000 })
  t.same(violations, [])
})

t.test('a page can be used with the keyboard alone', { skip: skipChromium }, async (t) => {
  const world = await startWorld(t)
  const profile = await world.openContext(t)
  const page = await profile.openPage()
  await page.goto(`${publicOrigin}/_cogate/logged-out`)
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'solid')
  await page.keyboard.press('Enter')
  await page.waitForSelector('input[name=password]')
})
