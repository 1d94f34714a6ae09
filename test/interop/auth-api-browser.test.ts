/**
 * The example pages of the auth API in Chromium, from a new account to sign-out. The service that has them sends a policy that allows
 * nothing of another server, and the QR code is read by a library that is not ours.
 */
import { existsSync, readFileSync } from 'node:fs'
import jsqr from 'jsqr'
import type { Page } from 'playwright-core'
import qrcode from 'qrcode-generator'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { totpCode } from '../helpers/auth-world.ts'
import { skipChromium, startChromiumWorld } from '../helpers/chromium.ts'
import { publicOrigin } from '../helpers/login-world.ts'
import type { UpstreamHandler } from '../helpers/upstream.ts'

const folder = new URL('../../deploy/examples/auth-api/', import.meta.url).pathname
const keys = createKeys()
const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  mjs: 'text/javascript',
  css: 'text/css',
}

/** In place of the module that a user makes of the AWS SDK: it says what it was given. */
const s3Module = `
export class PutObjectCommand { constructor(input) { this.input = input } }
export class S3Client {
  constructor(options) { this.options = options }
  async send({ input }) {
    const { region, credentials } = this.options
    globalThis.sent = { region, credentials: await credentials(), ...input, Body: input.Body.length }
  }
}`

/** The pages at /auth/, and one page of the service at every other place. */
const service: UpstreamHandler = ({ url = '/', headers }, response) => {
  const [path = ''] = url.split('?')
  const file = folder + path.replace(/^\/auth\//, '')
  const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  if (path === '/auth/aws-s3.js' || (path.startsWith('/auth/') && existsSync(file))) {
    const text = path === '/auth/aws-s3.js' ? s3Module : readFileSync(file)
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/plain'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(text)
    return
  }
  const body = `<!doctype html><title>service</title><p id="service">${headers['x-forwarded-user']} at ${path}</p>`
  response.writeHead(200, { 'content-type': 'text/html' }).end(body)
}

async function startExample(t: Parameters<typeof startChromiumWorld>[0], issuer: object = {}) {
  const world = await startChromiumWorld(t, {
    keys,
    issuer,
    handler: service,
    routes: [
      { path: '/auth/*', auth: 'none' },
      { path: '/*', auth: 'login' },
    ],
    env: (at) => ({
      COGATE_LOGIN_DOMAIN: undefined,
      COGATE_AUTH_API_SIGN_IN_PAGE: '/auth/sign-in.html',
      COGATE_AUTH_API_OPERATIONS:
        'signUp,confirm,resend,signIn,challenge,forgot,reset,totpAssociate,totpVerify,mfa,password,signOut,session,awsCredentials',
      COGATE_AUTH_API_ENDPOINT: at.url,
      COGATE_AUTH_API_IDENTITY_POOL: 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d',
      COGATE_AUTH_API_IDENTITY_ENDPOINT: at.url,
      COGATE_AUTH_API_MIN_TIME: '100ms',
      // This process reads the QR codes too.
      COGATE_LIMITS_EVENT_LOOP_DELAY: 'none',
    }),
  })
  const { openPage, violations } = await world.openContext(t)
  return { ...world, page: await openPage(), violations }
}

/** Fills in the form and sends it. */
async function submit(page: Page, form: string, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${form} [name=${name}]`, value)
  await page.click(`#${form} button`)
}

/** What a camera would read. */
async function readQr(page: Page): Promise<string | undefined> {
  await page.waitForFunction(
    "document.getElementById('qr').width > 300 || document.getElementById('secret').textContent",
  )
  const { width, pixels } = (await page.evaluate(`(() => {
    const canvas = document.getElementById('qr')
    const large = Object.assign(document.createElement('canvas'), { width: canvas.width + 40, height: canvas.height + 40 })
    const pen = large.getContext('2d')
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, large.width, large.height)
    pen.drawImage(canvas, 20, 20)
    return { width: large.width, pixels: [...pen.getImageData(0, 0, large.width, large.height).data] }
  })()`)) as { width: number; pixels: number[] }
  return jsqr.default(Uint8ClampedArray.from(pixels), width, width)?.data
}

t.test('from a new account to sign-out', { skip: skipChromium }, async (t) => {
  t.setTimeout(120_000)
  const { page, issuer, clock, violations } = await startExample(t)

  await page.goto(`${publicOrigin}/orders?page=2`)
  t.equal(new URL(page.url()).pathname, '/auth/sign-in.html', 'without a session the page comes')
  await page.click('text=New here?')
  await submit(page, 'sign-up', { username: 'fay', email: 'fay@example.com', password: 'a-good-password' })
  await page.waitForSelector('#confirm:visible')
  await submit(page, 'confirm', { code: 'wrong' })
  await page.waitForSelector('text=The code is wrong or too old.')
  await submit(page, 'confirm', { code: issuer.login.lastCode('fay') ?? '' })
  await page.waitForURL('**/auth/sign-in.html')

  await page.goto(`${publicOrigin}/orders?page=2`)
  await submit(page, 'sign-in', { username: 'fay', password: 'wrong-password' })
  await page.waitForSelector('text=The user name or the password is wrong.')
  await submit(page, 'sign-in', { username: 'fay', password: 'a-good-password' })
  await page.waitForSelector('#service')
  t.equal(page.url(), `${publicOrigin}/orders?page=2`, 'and then the page that was wanted')
  t.equal(await page.textContent('#service'), 'fay at /orders')

  await page.goto(`${publicOrigin}/auth/account.html`)
  await page.click('#totp button')
  const otpauth = new URL((await readQr(page)) ?? 'none:')
  t.match(otpauth.href, /^otpauth:\/\/totp\/app\.example\.com:fay\?secret=[A-Z2-7]+&issuer=app\.example\.com$/)
  const secret = otpauth.searchParams.get('secret') ?? ''
  await submit(page, 'verify', { code: totpCode(secret, clock.now()) })
  await page.waitForSelector('text=The authenticator app is set up.')

  await page.click('#sign-out button')
  await page.waitForURL('**/auth/sign-in.html')
  await page.goto(`${publicOrigin}/orders`)
  t.equal(new URL(page.url()).pathname, '/auth/sign-in.html', 'the session is over')

  await page.click('text=Forgotten your password?')
  await submit(page, 'forgot', { username: 'fay' })
  await page.waitForSelector('#reset:visible')
  await submit(page, 'reset', { code: issuer.login.lastCode('fay') ?? '', newPassword: 'another-password' })
  await page.waitForURL('**/auth/sign-in.html')
  clock.advance(30_000)
  await submit(page, 'sign-in', { username: 'fay', password: 'another-password' })
  await page.waitForSelector('#code:visible')
  await submit(page, 'code', { code: totpCode(secret, clock.now()) })
  await page.waitForSelector('#service')
  t.equal(await page.evaluate('document.cookie'), '', 'no script sees a cookie')
  t.same(violations, [])
})

t.test(
  'a pool that demands a second factor: its QR code comes within the sign-in',
  { skip: skipChromium },
  async (t) => {
    t.setTimeout(120_000)
    const { page, issuer, clock } = await startExample(t, { mfa: 'required' })
    issuer.login.putUser({ username: 'new', password: 'temporary-1', status: 'FORCE_CHANGE_PASSWORD' })
    await page.goto(`${publicOrigin}/auth/sign-in.html?returnTo=//evil.example/x`)
    await submit(page, 'sign-in', { username: 'new', password: 'temporary-1' })
    await page.waitForSelector('#new-password:visible')
    await submit(page, 'new-password', { newPassword: 'a-good-password' })
    await page.waitForSelector('#set-up:visible')
    const secret = new URL((await readQr(page)) ?? 'none:').searchParams.get('secret') ?? ''
    await submit(page, 'set-up', { code: totpCode(secret, clock.now()) })
    await page.waitForSelector('#service')
    t.equal(page.url(), `${publicOrigin}/`, 'a foreign returnTo leads home')
  },
)

t.test('a file goes to S3 with the credentials of its user', { skip: skipChromium }, async (t) => {
  t.setTimeout(120_000)
  const { page, violations } = await startExample(t)
  await page.goto(`${publicOrigin}/auth/sign-in.html?returnTo=/auth/upload.html`)
  await submit(page, 'sign-in', { username: 'alice', password: 'demo-password' })
  await page.waitForURL('**/auth/upload.html')
  await page.setInputFiles('#upload [name=file]', {
    name: 'a.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('twelve bytes'),
  })
  await page.click('#upload button')
  await page.waitForSelector('text=Uploaded as eu-west-1:')
  t.match(await page.evaluate('globalThis.sent'), {
    region: 'eu-west-1',
    credentials: { accessKeyId: /^ASIA/, secretAccessKey: String, sessionToken: String, expiration: Date },
    Bucket: 'example-uploads',
    Key: /^eu-west-1:[\da-f-]{36}\/a\.txt$/,
    Body: 12,
    ContentType: 'text/plain',
  })
  t.same(violations, [])
})

t.test('the library of the example is that of its package', async (t) => {
  const file = new URL(import.meta.resolve('qrcode-generator')).pathname.replace(/\.js$/, '.mjs')
  t.equal(readFileSync(`${folder}qrcode.mjs`, 'utf8'), readFileSync(file, 'utf8'))
  t.type(qrcode, 'function')
})
