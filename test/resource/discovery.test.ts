/** What is believed of a discovery document, and when it is fetched. The way to the pool is a function that is given. */
import t from 'tap'
import { Discovery, type DiscoveryOptions } from '../../src/resource/discovery.ts'
import { testPool } from '../helpers/runtime.ts'

const issuer = `https://cognito-idp.eu-west-1.amazonaws.com/${testPool.id}`
const good = {
  issuer,
  authorization_endpoint: 'https://auth.example.com/oauth2/authorize',
  token_endpoint: 'https://auth.example.com/oauth2/token',
}
const limits = { refreshIntervalMs: 3_600_000, cooldownMs: 10_000, maxStaleMs: 86_400_000, timeoutMs: 3000 }

function createWorld(answer: unknown, changes: Partial<DiscoveryOptions['pool']> = {}) {
  const world = { answer, now: 1000, uris: [] as string[], failures: [] as string[] }
  const discovery = new Discovery({
    pool: { ...testPool, ...changes },
    limits,
    now: () => world.now,
    onFailed: (id, detail) => world.failures.push(`${id}: ${detail}`),
    async fetch(uri) {
      world.uris.push(uri)
      if (world.answer instanceof Error) throw world.answer
      return Buffer.from(typeof world.answer === 'string' ? world.answer : JSON.stringify(world.answer))
    },
  })
  return { world, discovery }
}

t.test('it is fetched from the issuer once, and again when it is as old as keys may be', async (t) => {
  const { world, discovery } = createWorld(good)
  t.same(await Promise.all([discovery.read(), discovery.read()]), [good, good])
  world.now += limits.refreshIntervalMs - 1
  t.same(await discovery.read(), good)
  t.same(world.uris, [`${issuer}/.well-known/openid-configuration`])
  world.now += 1
  world.answer = { ...good, scopes_supported: ['openid'] }
  t.match(await discovery.read(), { scopes_supported: ['openid'] })
  t.equal(world.uris.length, 2)
})

t.test('after a failure it is asked again when the cooldown is over', async (t) => {
  const { world, discovery } = createWorld(new Error('answered with status 500'))
  t.equal(await discovery.read(), undefined)
  world.answer = good
  t.equal(await discovery.read(), undefined)
  world.now += limits.cooldownMs
  t.same(await discovery.read(), good)
  t.same(world.failures, [`${testPool.id}: answered with status 500`])
})

t.test('it is read beside the keys where those are not at the issuer', async (t) => {
  for (const [jwksUri, base] of [
    ['http://127.0.0.1:9229/pool/.well-known/jwks.json', 'http://127.0.0.1:9229/pool'],
    ['https://keys.example.com/jwks.json', issuer],
  ] as const) {
    const { world, discovery } = createWorld(good, { jwksUri })
    await discovery.read()
    t.same(world.uris, [`${base}/.well-known/openid-configuration`])
  }
})

t.test('both forms of the issuer are those of the pool', async (t) => {
  const updated = { ...good, issuer: `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${testPool.id}` }
  t.same(await createWorld(updated).discovery.read(), updated)
})

const bad: readonly (readonly [what: string, answer: unknown, detail: string])[] = [
  ['no JSON', '<html>', 'it is no JSON object'],
  ['a list', [], 'it is no JSON object'],
  ['null', null, 'it is no JSON object'],
  ['another issuer', { ...good, issuer: 'https://evil.example' }, 'it names another issuer'],
  ['no issuer', { ...good, issuer: undefined }, 'it names another issuer'],
  ['no token endpoint', { ...good, token_endpoint: undefined }, 'it has no token_endpoint that can be used'],
  ['plain http', { ...good, token_endpoint: 'http://a.example/' }, 'it has no token_endpoint that can be used'],
  [
    'a script',
    { ...good, authorization_endpoint: 'javascript:alert(1)' },
    'it has no authorization_endpoint that can be used',
  ],
  ['no URL', { ...good, authorization_endpoint: 'https://' }, 'it has no authorization_endpoint that can be used'],
]
for (const [what, answer, detail] of bad) {
  t.test(`a document with ${what} is not believed`, async (t) => {
    const { world, discovery } = createWorld(answer)
    t.equal(await discovery.read(), undefined)
    t.same(world.failures, [`${testPool.id}: ${detail}`])
  })
}
