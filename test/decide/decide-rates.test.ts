/** Rate limits within the walk: what is counted, when, and what a refusal says. */
import t from 'tap'
import { decide } from '../../src/decide/decide.ts'
import type { Decision } from '../../src/decide/decision.ts'
import type { Limiter } from '../../src/decide/rate-limiter.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, tamper } from '../../src/issuer/tokens.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime, createTestRuntime, type TestRuntime } from '../helpers/runtime.ts'

const keys = createKeys()
const twice = { requests: 2, periodMs: 1000 }

interface Asked {
  readonly url?: string
  readonly address?: string
  readonly token?: string
  readonly headers?: readonly string[]
  readonly method?: string
}

function ask({ runtime, clock }: TestRuntime, asked: Asked): Decision | Promise<Decision> {
  const { url = '/', address = '192.0.2.1', token, headers = [], method = 'GET' } = asked
  const authorization = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  const rawHeaders = ['Host', 'app.example', ...headers, ...authorization]
  return decide(runtime, { method, url, fields: readFields(rawHeaders), address }, clock.now())
}

async function reasonOf(world: TestRuntime, asked: Asked): Promise<string> {
  const decision = await ask(world, asked)
  return decision.kind === 'refuse' ? decision.reason : 'allowed'
}

t.test('refuses an address that comes too often before it looks at its token', async (t) => {
  const world = await createReadyRuntime({ keys, rateLimit: { perAddress: twice } })
  const token = tamper(mintAccessToken(world.mint))
  for (const _ of [1, 2]) t.equal(await reasonOf(world, { token }), 'signature_invalid')
  const { misses } = world.runtime.verifier.cache.counts()
  t.match(ask(world, { token: mintAccessToken(world.mint) }), {
    kind: 'refuse',
    reason: 'rate_limited',
    route: { label: 'default' },
    caller: undefined,
    exceeded: { name: 'address', rate: twice, retryAfterSeconds: 1 },
  })
  t.equal(world.runtime.verifier.cache.counts().misses, misses, 'no token was looked at')
  t.equal(await reasonOf(world, { token, address: '192.0.2.2' }), 'signature_invalid', 'another address')
  world.clock.advance(500)
  t.equal(await reasonOf(world, { token: mintAccessToken(world.mint) }), 'allowed', 'after the time it was told')
})

t.test('counts every request of an address that has a path: public, preflight, without a rule', async (t) => {
  const routes = [rule('/open', { auth: 'none' }), rule('/own', { methods: ['PUT'] })]
  const preflight = ['Origin', 'https://spa.example', 'Access-Control-Request-Method', 'PUT']
  const asked: readonly Asked[] = [{ url: '/open' }, { url: '/own' }, { method: 'OPTIONS', headers: preflight }]
  for (const request of asked) {
    const world = await createReadyRuntime({
      keys,
      routes,
      cors: { preflight: 'pass', allowOrigins: [] },
      rateLimit: { perAddress: { requests: 1, periodMs: 1000 } },
    })
    t.not(await reasonOf(world, request), 'rate_limited')
    t.equal(await reasonOf(world, request), 'rate_limited', JSON.stringify(request))
  }
})

t.test('takes the address that a trusted proxy names, and a /64 for one caller', async (t) => {
  const world = await createReadyRuntime({
    keys,
    forwarded: { trust: ['10.0.0.0/8'], via: false },
    rateLimit: { perAddress: { requests: 1, periodMs: 1000 } },
  })
  const from = (client: string) => ({ address: '10.0.0.1', headers: ['X-Forwarded-For', client] })
  t.equal(await reasonOf(world, from('2001:db8::1')), 'token_missing')
  t.equal(await reasonOf(world, from('2001:db8::2')), 'rate_limited')
  t.equal(await reasonOf(world, from('2001:db8:0:1::1')), 'token_missing')
  t.equal(await reasonOf(world, from('192.0.2.7')), 'token_missing')
  t.equal(await reasonOf(world, { ...from('192.0.2.8'), address: '192.0.2.7' }), 'rate_limited', 'not a trusted peer')
})

t.test('counts no address where there is none', async (t) => {
  const world = await createReadyRuntime({ keys, rateLimit: { perAddress: { requests: 1, periodMs: 1000 } } })
  const head = { method: 'GET', url: '/', fields: readFields(['Host', 'app.example']) }
  for (const _ of [1, 2, 3]) {
    t.match(decide(world.runtime, head, world.clock.now()), { reason: 'token_missing' })
  }
})

t.test('counts a verified caller whatever its token and address, and says who it was', async (t) => {
  const world = await createReadyRuntime({ keys, rateLimit: { perSubject: twice } })
  const tokens = [1, 2, 3].map((jti) => mintAccessToken(world.mint, { sub: 'one', claims: { jti: String(jti) } }))
  t.equal(await reasonOf(world, { token: tokens[0] ?? '', address: '192.0.2.1' }), 'allowed')
  t.equal(await reasonOf(world, { token: tokens[1] ?? '', address: '192.0.2.2' }), 'allowed')
  t.match(ask(world, { token: tokens[2] ?? '', address: '192.0.2.3' }), {
    kind: 'refuse',
    reason: 'rate_limited',
    route: { label: 'default' },
    caller: { subject: 'one' },
    exceeded: { name: 'subject', rate: twice, retryAfterSeconds: 1 },
  })
  const other = mintAccessToken(world.mint, { sub: 'two' })
  t.equal(await reasonOf(world, { token: other }), 'allowed', 'another caller from the same address')
})

t.test('counts no caller whose token is refused: nobody can use up the share of another', async (t) => {
  const world = await createReadyRuntime({ keys, rateLimit: { perSubject: twice } })
  const token = mintAccessToken(world.mint)
  for (const _ of [1, 2, 3]) t.equal(await reasonOf(world, { token: tamper(token) }), 'signature_invalid')
  for (const _ of [1, 2]) t.equal(await reasonOf(world, { token }), 'allowed')
})

t.test('refuses in report mode too: a limit is no demand of the route', async (t) => {
  const routes = [rule('/*', { mode: 'report', groups: ['admin'] })]
  const world = await createReadyRuntime({ keys, routes, rateLimit: { perSubject: twice } })
  const token = mintAccessToken(world.mint)
  for (const _ of [1, 2]) t.match(ask(world, { token }), { kind: 'allow', reported: 'insufficient_group' })
  t.equal(await reasonOf(world, { token }), 'rate_limited')
})

t.test('counts callers whose key had to be fetched first', async (t) => {
  const world = createTestRuntime({ keys, rateLimit: { perSubject: twice } })
  const token = mintAccessToken(world.mint)
  const reasons = await Promise.all([1, 2, 3].map(() => reasonOf(world, { token })))
  t.same(reasons, ['allowed', 'allowed', 'rate_limited'])
})

/** Counts as the given limits do, and says so later, as limits do that several processes share. */
function sharedWorld({ runtime, ...world }: TestRuntime): TestRuntime {
  const later = (limiter: Limiter | undefined): Limiter | undefined =>
    limiter && { take: async (key, now) => limiter.take(key, now) }
  const { address, subject } = runtime.rates
  return { ...world, runtime: { ...runtime, rates: { address: later(address), subject: later(subject) } } }
}

t.test('limits that answer later refuse the same requests, the address before any token', async (t) => {
  const world = sharedWorld(await createReadyRuntime({ keys, rateLimit: { perAddress: twice, perSubject: twice } }))
  const token = mintAccessToken(world.mint)
  for (const _ of [1, 2]) t.equal(await reasonOf(world, { token }), 'allowed')
  t.match(await ask(world, { token: tamper(token) }), {
    reason: 'rate_limited',
    route: { label: 'default' },
    caller: undefined,
    exceeded: { name: 'address' },
  })
  t.match(await ask(world, { token, address: '192.0.2.2' }), {
    reason: 'rate_limited',
    caller: { subject: /./ },
    exceeded: { name: 'subject' },
  })
  t.equal(await reasonOf(world, { address: '192.0.2.3' }), 'token_missing')
  t.match(await ask(world, { address: '192.0.2.3', url: '/_cogate/x' }), { kind: 'endpoint' })
})

t.test('the demands of the rule come after a limit that answers later', async (t) => {
  const routes = [rule('/*', { groups: ['admin'] })]
  const world = sharedWorld(await createReadyRuntime({ keys, routes, rateLimit: { perSubject: twice } }))
  const token = mintAccessToken(world.mint)
  for (const _ of [1, 2]) t.equal(await reasonOf(world, { token }), 'insufficient_group')
  t.equal(await reasonOf(world, { token }), 'rate_limited')
})
