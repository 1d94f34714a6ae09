/** The OpenAPI document says what the endpoints do: it is made of the table that they are made of. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { AUTH_OPERATIONS } from '../../src/config/auth-api.ts'
import { reasons } from '../../src/reasons.ts'
import { startAuthWorld } from '../helpers/auth-world.ts'

interface Media {
  readonly schema: object
}

interface Described {
  readonly operationId: string
  readonly requestBody?: { readonly content: { readonly 'application/json': Media } }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}

interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, { readonly post?: Described; readonly get?: Described }>>
  readonly components: { readonly schemas: object }
}

async function readDocument(t: Parameters<typeof startAuthWorld>[0], operations: string) {
  const world = await startAuthWorld(t, {
    env: (issuer) => ({
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_AUTH_API_OPERATIONS: operations,
      COGATE_AUTH_API_FLOW: 'choice',
      COGATE_AUTH_API_IDENTITY_POOL: 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d',
      COGATE_AUTH_API_IDENTITY_ENDPOINT: issuer.url,
    }),
  })
  const answer = await world.openBrowser().fetch('/_cogate/auth/openapi.json')
  t.match(answer, { status: 200, headers: { 'content-type': 'application/json' } })
  return { ...world, document: JSON.parse(answer.body) as Document }
}

t.test('it has every operation that is listed, and no other', async (t) => {
  const all = await readDocument(t, AUTH_OPERATIONS.join(','))
  const described = Object.values(all.document.paths).map(({ post, get }) => (post ?? get)?.operationId)
  t.same(described, AUTH_OPERATIONS)
  t.equal(all.document.openapi, '3.1.0')
  t.same(all.document.servers, [{ url: 'https://app.example.com/_cogate' }])
  const one = await readDocument(t, 'signIn,session')
  t.same(Object.keys(one.document.paths), ['/auth/sign-in', '/auth/session'])
})

t.test('what its schemas take is taken, and what they refuse is refused', async (t) => {
  const { document, call, openBrowser } = await readDocument(t, AUTH_OPERATIONS.join(','))
  const ajv = new Ajv2020({ strict: false, formats: { password: true, 'date-time': true } })
  const bodies: readonly object[] = [
    {},
    { username: 'alice' },
    { username: 'alice', password: 'demo-password' },
    { username: 'alice', code: '1' },
    { username: 'alice', code: '1 2' },
    { username: 'alice', code: '1', newPassword: 'x' },
    { session: 'x', answer: {} },
    { session: 'x', answer: { code: '' } },
    { session: 'x', answer: { attributes: { 'a b': 'c' } } },
    { session: 'x', answer: { attributes: { name: 'c' } } },
    { code: '1' },
    { everywhere: true },
    { everywhere: 1 },
    { sms: { enabled: true } },
    { sms: { preferred: true } },
    { username: 'a'.repeat(129), password: 'x' },
    { refreshToken: 'x' },
    { current: 'x', newPassword: 'y' },
  ]
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (post?.requestBody === undefined) continue
    const isValid = ajv.compile(post.requestBody.content['application/json'].schema)
    for (const body of bodies) {
      const { json } = await call(openBrowser(), path.slice('/auth/'.length), body)
      t.equal(
        json.code !== 'request_invalid',
        isValid(body) || json.code === undefined,
        `${path} ${JSON.stringify(body)}`,
      )
    }
  }
})

t.test('answers are what it says they are, refusals too', async (t) => {
  const { document, call, openBrowser, issuer } = await readDocument(t, AUTH_OPERATIONS.join(','))
  const ajv = new Ajv2020({ strict: false, formats: { password: true, 'date-time': true } })
  ajv.addSchema({ $id: 'doc', ...document })
  const check = async (path: string, body?: object, browser = openBrowser()) => {
    const answer = await call(browser, path, body)
    const { post, get } = document.paths[`/auth/${path}`] ?? {}
    const described = (post ?? get)?.responses[answer.status]
    t.ok(described, `${path} ${answer.status}`)
    const [media] = Object.values(described?.content ?? {})
    const text = JSON.stringify(media?.schema ?? true).replaceAll('"#/components', '"doc#/components')
    t.ok(ajv.validate(JSON.parse(text), answer.json), `${path} ${answer.body.slice(0, 60)} ${ajv.errorsText()}`)
    return answer
  }
  const browser = openBrowser()
  await check('sign-in', { username: 'alice', password: 'demo-password' }, browser)
  await check('session', undefined, browser)
  await check('totp/associate', {}, browser)
  await check('totp/verify', { code: '1' }, browser)
  await check('sign-up', { username: 'new', password: 'a-good-password', attributes: { email: 'a@example.com' } })
  await check('forgot', { username: 'alice' })
  await check('sign-in', { username: 'alice', password: 'wrong' })
  await check('sign-in', { username: '' })
  await check('session')
  issuer.login.putUser({
    username: 'm',
    password: 'demo-password',
    email: 'm@example.com',
    mfa: { enabled: ['EMAIL_OTP'] },
  })
  await check('sign-in', { username: 'm', password: 'demo-password' })
  issuer.login.failNextCall({ type: 'InternalErrorException' })
  await check('sign-in', { username: 'alice', password: 'demo-password' })
  await check('sign-out', {}, browser)
  await check('sign-in', { username: 'alice', password: 'demo-password' }, browser)
  issuer.login.failNextCall({ type: 'NotAuthorizedException', operation: 'GlobalSignOut' })
  t.match(await check('sign-out', { everywhere: true }, browser), { status: 401 })
  const codes = JSON.stringify(document).matchAll(/"enum":\[("[a-z_]+"(?:,"[a-z_]+")*)\]/g)
  for (const [, list = ''] of codes) for (const code of JSON.parse(`[${list}]`)) t.ok(code in reasons, code)
})
