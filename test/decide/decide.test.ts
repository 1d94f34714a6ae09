import t from 'tap'
import { decide } from '../../src/decide/decide.ts'
import type { Decision } from '../../src/decide/decision.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintIdToken, mintM2mToken, tamper } from '../../src/issuer/tokens.ts'
import type { Reason } from '../../src/reasons.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime, createTestRuntime, type TestRuntime } from '../helpers/runtime.ts'

const keys = createKeys()

interface Asked {
  readonly method?: string
  readonly url?: string
  readonly headers?: readonly string[]
  readonly token?: string
}

function ask({ runtime, clock }: TestRuntime, { method = 'GET', url = '/', headers = [], token }: Asked) {
  const authorization = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  return decide(
    runtime,
    { method, url, fields: readFields(['Host', 'app.example', ...headers, ...authorization]) },
    clock.now(),
  )
}

/** For requests that need no fetch. */
function askNow(world: TestRuntime, asked: Asked): Decision {
  const decision = ask(world, asked)
  if (decision instanceof Promise) throw new TypeError('the decision came late')
  return decision
}

function refused(world: TestRuntime, asked: Asked): Reason | undefined {
  const decision = askNow(world, asked)
  return decision.kind === 'refuse' ? decision.reason : undefined
}

t.test('lets a verified caller pass, by the rule that applies', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  t.match(askNow(world, { token }), {
    kind: 'allow',
    route: { label: 'default' },
    caller: { kind: 'verified', token },
    reported: undefined,
  })
})

t.test('refuses a head that is malformed or too large, before it knows a route', async (t) => {
  const world = await createReadyRuntime({ keys, routes: [rule('/*', { auth: 'none' })] })
  const line = ['X-A', '1']
  t.equal(refused(world, { headers: ['Host', 'b.example'] }), 'request_malformed')
  t.equal(refused(world, { headers: ['Authorization', 'Basic x', 'Authorization', 'Bearer y'] }), 'credential_conflict')
  t.equal(refused(world, { headers: Array.from({ length: 200 }, () => line).flat() }), 'headers_too_large')
  t.equal(refused(world, { url: `/${'a'.repeat(8192)}` }), 'url_too_long')
  t.strictSame(askNow(world, { headers: ['Host', 'b.example'] }), {
    kind: 'refuse',
    reason: 'request_malformed',
    route: undefined,
    caller: undefined,
  })
})

t.test('refuses a path whose readings meet rules with different demands, and no other', async (t) => {
  const one = [rule('/*', { auth: 'none' })]
  const two = [...one, rule('/a', { groups: ['admin'] })]
  const single = await createReadyRuntime({ keys, routes: one })
  const world = await createReadyRuntime({ keys, routes: two })
  for (const url of ['/b/../a', '/%2e%2e/a', '/a;b', '/x/..%2fa']) {
    t.equal(refused(single, { url }), undefined, url)
    t.equal(refused(world, { url }), 'path_ambiguous', url)
  }
  t.equal(refused(world, { url: '/c;b' }), undefined)
  t.match(askNow(world, { url: '/a;b' }), {
    ambiguity: { form: 'semicolon', readings: ['/a;b', '/a'], rules: ['/*', '/a'] },
  })
  const open = await createReadyRuntime({ keys, routes: two, paths: { allow: ['semicolon'] } })
  t.equal(refused(open, { url: '/a;b' }), 'token_missing', 'a form that is allowed is read as the rules read it')
  for (const url of ['/a%zz', '/a#b', '*', 'http://a/b']) t.equal(refused(single, { url }), 'path_ambiguous', url)
})

t.test('refuses a method no rule of the path is for', async (t) => {
  const world = await createReadyRuntime({ keys, routes: [rule('/a', { methods: ['GET'] })] })
  t.match(askNow(world, { url: '/a', method: 'PUT', token: mintAccessToken(world.mint) }), {
    kind: 'refuse',
    reason: 'route_not_found',
    route: undefined,
  })
})

t.test('lets anyone pass a public rule and looks at no token there', async (t) => {
  const world = await createReadyRuntime({ keys, routes: [rule('/open', { auth: 'none' })] })
  for (const token of [undefined, 'rubbish', mintAccessToken(world.mint)]) {
    t.strictSame(askNow(world, { url: '/open', ...(token && { token }) }), {
      kind: 'allow',
      route: world.runtime.match('GET', '', { path: '/open', folded: '/open', isPlain: true }),
      caller: undefined,
      reported: undefined,
    })
  }
  t.match(world.runtime.verifier.cache.counts(), { hits: 0, misses: 0 })
})

t.test('lets an anonymous caller pass an optional rule, but not a bad token', async (t) => {
  const world = await createReadyRuntime({ keys, routes: [rule('/maybe', { auth: 'optional', groups: ['staff'] })] })
  const url = '/maybe'
  t.match(askNow(world, { url }), { kind: 'allow', caller: undefined, reported: undefined })
  t.match(askNow(world, { url, headers: ['Authorization', 'Basic dTpw'] }), { kind: 'allow', caller: undefined })
  t.equal(refused(world, { url, token: 'rubbish' }), 'token_malformed')
  t.equal(refused(world, { url, token: mintAccessToken(world.mint) }), 'insufficient_group')
  const token = mintAccessToken(world.mint, { groups: ['staff'] })
  t.match(askNow(world, { url, token }), { kind: 'allow', caller: { token } })
})

t.test('refuses a request without a credential, and one whose credential is none', async (t) => {
  const world = await createReadyRuntime({ keys })
  t.equal(refused(world, {}), 'token_missing')
  t.equal(refused(world, { headers: ['Authorization', 'Basic dTpw'] }), 'token_missing')
  t.equal(refused(world, { headers: ['Authorization', 'Bearer'] }), 'token_malformed')
  t.equal(refused(world, { token: 'a'.repeat(8193) }), 'token_too_large')
  t.match(askNow(world, {}), { route: { label: 'default' }, caller: undefined })
})

t.test('reads no token from the query, a cookie or another header', async (t) => {
  const world = await createReadyRuntime({ keys })
  const token = mintAccessToken(world.mint)
  const headers = [
    'Cookie',
    `access_token=${token}`,
    'X-Authorization',
    `Bearer ${token}`,
    'Proxy-Authorization',
    `Bearer ${token}`,
  ]
  t.equal(refused(world, { url: `/?access_token=${token}`, headers }), 'token_missing')
})

t.test('refuses every token that does not verify, for its own reason', async (t) => {
  const world = await createReadyRuntime({ keys })
  const { mint } = world
  const cases = {
    token_malformed: 'rubbish',
    algorithm_not_allowed: mintAccessToken(mint, { header: { alg: 'HS256' } }),
    key_unknown: mintAccessToken(mint, { header: { kid: 'other' } }),
    signature_invalid: tamper(mintAccessToken(mint)),
    issuer_unknown: mintAccessToken({ ...mint, issuer: 'https://evil.example' }),
    token_expired: mintAccessToken(mint, { expiresInSeconds: -1 }),
    token_not_yet_valid: mintAccessToken(mint, { claims: { nbf: Math.floor(world.clock.now() / 1000) + 60 } }),
    token_use_not_allowed: mintIdToken(mint),
    client_not_allowed: mintAccessToken(mint, { clientId: 'other' }),
    audience_not_allowed: mintAccessToken(mint, { claims: { aud: 'https://other.example' } }),
  } satisfies Partial<Record<Reason, string>>
  for (const [reason, token] of Object.entries(cases)) {
    t.match(
      await ask(world, { token }),
      { kind: 'refuse', reason, route: { label: 'default' }, caller: undefined },
      reason,
    )
  }
})

t.test('refuses a verified caller that the rule does not allow, and says who it was', async (t) => {
  const routes = [
    rule('/groups', { groups: ['admin'] }),
    rule('/scopes', { scopes: ['api/write'] }),
    rule('/clients', { clientIds: ['client2'] }),
  ]
  const world = await createReadyRuntime({ keys, routes })
  const token = mintM2mToken(world.mint)
  const cases = {
    '/groups': 'insufficient_group',
    '/scopes': 'insufficient_scope',
    '/clients': 'client_not_allowed_here',
  }
  for (const [url, reason] of Object.entries(cases)) {
    t.match(askNow(world, { url, token }), { kind: 'refuse', reason, route: { label: url }, caller: { token } })
  }
})

t.test('asks the policy of the route about a remembered token too', async (t) => {
  const world = await createReadyRuntime({ keys, routes: [rule('/admin', { groups: ['admin'] }), rule('/*')] })
  const token = mintAccessToken(world.mint, { groups: ['users'] })
  t.match(askNow(world, { url: '/x', token }), { kind: 'allow' })
  t.equal(refused(world, { url: '/admin', token }), 'insufficient_group')
  t.match(askNow(world, { url: '/x', token }), { kind: 'allow' })
  t.match(world.runtime.verifier.cache.counts(), { hits: 2, misses: 1 })
})

t.test('decides late when a key has to be fetched, and at once ever after', async (t) => {
  const world = createTestRuntime({
    keys,
    routes: [rule('/*', { scopes: ['openid'] }), rule('/admin', { groups: ['admin'] })],
  })
  const token = mintAccessToken(world.mint)
  const late = [ask(world, { token }), ask(world, { url: '/admin', token })]
  for (const decision of late) t.ok(decision instanceof Promise)
  const [first, second] = await Promise.all(late)
  t.match(first, { kind: 'allow', caller: { token } })
  t.match(second, { kind: 'refuse', reason: 'insufficient_group', caller: { token } }, 'the policy runs then as well')
  t.match(askNow(world, { token }), { kind: 'allow' })
})

t.test('refuses every token while keys are unavailable, and lets public rules be', async (t) => {
  const world = createTestRuntime({ keys, routes: [rule('/open', { auth: 'none' }), rule('/*')] })
  world.endpoint.isUp = false
  t.match(await ask(world, { token: mintAccessToken(world.mint) }), { kind: 'refuse', reason: 'keys_unavailable' })
  t.match(askNow(world, { url: '/open' }), { kind: 'allow' })
})

t.test('lets pass in report mode what it would have refused, and says why', async (t) => {
  const routes = [rule('/r/*', { mode: 'report', groups: ['admin'] }), rule('/late', { mode: 'report' })]
  const world = await createReadyRuntime({ keys, routes })
  const token = mintAccessToken(world.mint)
  t.match(askNow(world, { url: '/r/1' }), { kind: 'allow', caller: undefined, reported: 'token_missing' })
  t.match(askNow(world, { url: '/r/1', token: 'rubbish' }), {
    kind: 'allow',
    caller: undefined,
    reported: 'token_malformed',
  })
  t.match(await ask(world, { url: '/r/1', token: tamper(token) }), { caller: undefined, reported: 'signature_invalid' })
  t.match(askNow(world, { url: '/r/1', token }), { kind: 'allow', caller: { token }, reported: 'insufficient_group' })
  const admin = mintAccessToken(world.mint, { groups: ['admin'] })
  t.match(askNow(world, { url: '/r/1', token: admin }), {
    kind: 'allow',
    caller: { token: admin },
    reported: undefined,
  })
})

t.test('refuses in report mode what is wrong with the request itself', async (t) => {
  const rules = [rule('/*', { mode: 'report', methods: ['GET'] }), rule('/a/b', { auth: 'none' })]
  const world = await createReadyRuntime({ keys, routes: rules })
  t.equal(refused(world, { url: '/a//b' }), 'path_ambiguous')
  t.equal(refused(world, { headers: ['Host', 'x'] }), 'request_malformed')
  t.equal(refused(world, { method: 'PUT' }), 'token_missing', 'a rule that only reports owns nothing')
})

const preflight = {
  method: 'OPTIONS',
  headers: ['Origin', 'https://spa.example', 'Access-Control-Request-Method', 'PUT'],
}

t.test('demands a token of a preflight unless told otherwise', async (t) => {
  const deny = await createReadyRuntime({ keys })
  t.equal(refused(deny, preflight), 'token_missing')
})

t.test('lets preflights pass where that is configured, without a caller', async (t) => {
  const world = await createReadyRuntime({
    keys,
    cors: { preflight: 'pass', allowOrigins: [] },
    routes: [rule('/*', { groups: ['admin'] })],
  })
  t.match(askNow(world, preflight), { kind: 'allow', caller: undefined, reported: undefined })
  t.match(askNow(world, { ...preflight, token: mintAccessToken(world.mint) }), { kind: 'allow', caller: undefined })
  t.equal(refused(world, { ...preflight, method: 'GET' }), 'token_missing')
  t.equal(refused(world, { method: 'OPTIONS' }), 'token_missing', 'an OPTIONS request that is no preflight')
  t.equal(refused(world, { ...preflight, url: '/a/%zz' }), 'path_ambiguous')
})

t.test('lets preflights pass where rules list other methods only', async (t) => {
  const world = await createReadyRuntime({
    keys,
    cors: { preflight: 'pass', allowOrigins: [] },
    routes: [rule('/a', { methods: ['PUT'] })],
  })
  t.match(askNow(world, { ...preflight, url: '/a' }), { kind: 'allow', caller: undefined })
  t.equal(refused(world, { method: 'OPTIONS', url: '/a' }), 'route_not_found')
})

t.test('answers preflights of listed origins itself, and demands a token of all others', async (t) => {
  const world = await createReadyRuntime({
    keys,
    cors: { preflight: 'answer', allowOrigins: ['https://spa.example'] },
    routes: [rule('/a', { methods: ['PUT'] })],
  })
  t.match(askNow(world, { ...preflight, url: '/a' }), { kind: 'preflight', route: undefined, caller: undefined })
  t.match(askNow(world, preflight), { kind: 'preflight', route: { label: 'default' } })
  const [, , ...asked] = preflight.headers
  t.equal(refused(world, { ...preflight, headers: ['Origin', 'https://other.example', ...asked] }), 'token_missing')
  const listed = await createReadyRuntime({ keys, cors: { preflight: 'deny', allowOrigins: ['https://spa.example'] } })
  t.equal(refused(listed, preflight), 'token_missing')
})
