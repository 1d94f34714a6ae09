/** Rules about the auth API: what it needs, and what would tell strangers who has an account. */
import t from 'tap'
import { issuesOf, load } from '../loading.ts'

const base = `
publicUrl: https://app.example.com
userPools: [{ id: eu-west-1_AbCdEfGhI, clientIds: [client1] }]
login: { clientId: client1 }
session: { secrets: [a secret for tests that is long enough] }
`
const on = 'operations: [signIn, challenge, signOut]'

function keysOf(authApi: string, more = '') {
  return issuesOf({ yaml: `${base}authApi: { ${authApi} }\n${more}` }).map(({ key }) => key)
}

t.test('operations turn it on, and enabled: false turns it off again', async (t) => {
  t.same(keysOf(on), [])
  t.same(keysOf(`enabled: true, ${on}`), [])
  t.same(keysOf('enabled: true'), ['authApi.operations'])
  t.same(keysOf('operations: [signIn, sudo]'), ['authApi.operations[1]'])
  const alone = {
    yaml: 'userPools: [{ id: eu-west-1_AbCdEfGhI, clientIds: [client1] }]\nauthApi: { enabled: false, operations: [signIn] }',
  }
  t.same(issuesOf(alone), [])
})

t.test('it needs the public origin, an app client and a secret, in both modes', async (t) => {
  for (const mode of ['cookie', 'tokens']) {
    const yaml = `userPools: [{ id: eu-west-1_AbCdEfGhI, clientIds: [client1] }]\nauthApi: { ${on}, mode: ${mode} }`
    t.same(
      issuesOf({ yaml }).map(({ key }) => key),
      ['publicUrl', 'login.clientId', 'session.secrets'],
      mode,
    )
  }
})

t.test('without reveal an answer takes a least time', async (t) => {
  t.same(keysOf(`${on}, minTime: 99ms`), ['authApi.minTime'])
  t.same(keysOf(`${on}, minTime: 0s`), ['authApi.minTime'])
  t.same(keysOf(`${on}, minTime: 100ms`), [])
  t.same(keysOf(`${on}, minTime: 0s, reveal: true`), [])
})

t.test('passwords go over https, and origins are origins', async (t) => {
  t.same(keysOf(`${on}, endpoint: "http://cognito.example"`), ['authApi.endpoint'])
  t.same(keysOf(`${on}, endpoint: "http://127.0.0.1:9229"`), [])
  for (const origin of ['https://a.example/x', 'https://a.example/', 'a.example', 'null', '*', 'http://a.example']) {
    t.same(keysOf(`${on}, allowedOrigins: ["${origin}"]`), ['authApi.allowedOrigins[0]'], origin)
  }
  t.same(keysOf(`${on}, allowedOrigins: ["https://a.example", "app://desk"]`), [])
})

t.test('auth: login needs a page that is public, or a domain', async (t) => {
  const login = 'routes: [{ path: /sign-in, auth: none }, { path: /*, auth: login }]'
  t.same(keysOf(on, login), ['login.domain'])
  t.same(keysOf(`${on}, signInPage: /sign-in`, login), [])
  t.same(keysOf(`${on}, signInPage: /sign-in, mode: tokens`, login), ['login.domain'])
  t.same(keysOf(`${on}, signInPage: /other`, login), ['authApi.signInPage'])
  for (const page of ['//evil.example', 'https://evil.example', '/a?b', '/a#b', '/\\evil', 'page']) {
    t.same(keysOf(`${on}, signInPage: ${JSON.stringify(page)}`, login).at(-1), 'authApi.signInPage', page)
  }
  const both = `${base.replace('login: {', 'login: { domain: "https://auth.example.com",')}authApi: { ${on}, signInPage: /sign-in }\n${login}`
  t.same(
    issuesOf({ yaml: both }).map(({ key }) => key),
    ['authApi.signInPage'],
  )
})

t.test('limits are rates', async (t) => {
  const { config } = load({ yaml: `${base}authApi: { ${on}, limits: { perAddress: 5/s } }` })
  t.match(config.authApi.limits, {
    perAddress: { requests: 5, periodMs: 1000 },
    codes: { requests: 3, periodMs: 3_600_000 },
  })
})

t.test('AWS credentials need an identity pool, and sessions', async (t) => {
  const listed = 'operations: [signIn, awsCredentials]'
  const pool = 'identityPool: "eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d"'
  t.same(keysOf(`${listed}, ${pool}`), [])
  t.same(keysOf(listed), ['authApi.identityPool'])
  t.same(keysOf(`${listed}, ${pool}, mode: tokens`), ['authApi.mode'])
  for (const wrong of ['7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d', 'eu-west-1_AbCdEfGhI', 'EU-WEST-1:x']) {
    t.same(keysOf(`${listed}, identityPool: "${wrong}"`), ['authApi.identityPool'], wrong)
  }
  t.same(keysOf(`${listed}, ${pool}, identityEndpoint: "http://example.com"`), ['authApi.identityEndpoint'])
})
