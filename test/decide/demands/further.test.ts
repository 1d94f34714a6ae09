import t from 'tap'
import type { RouteConfig } from '../../../src/config/config.ts'
import { decide } from '../../../src/decide/decide.ts'
import { readFields } from '../../../src/headers/head-fields.ts'
import { createKeys } from '../../../src/issuer/keys.ts'
import { mintAccessToken, mintIdToken, mintM2mToken } from '../../../src/issuer/tokens.ts'
import { rule } from '../../helpers/rules.ts'
import { createReadyRuntime, type TestRuntime, type TestRuntimeOptions } from '../../helpers/runtime.ts'

const keys = createKeys()
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

type Claims = Readonly<Record<string, unknown>>

function worldOf(routes: readonly RouteConfig[], more: TestRuntimeOptions = {}): Promise<TestRuntime> {
  return createReadyRuntime({ keys, routes, ...more })
}

/** `allow`, or why not. */
async function ask({ runtime, clock }: TestRuntime, url: string, token: string, headers: readonly string[] = []) {
  const fields = readFields(['Host', 'app.example', 'Authorization', `Bearer ${token}`, ...headers])
  const method = headers.includes('Destination') ? 'MOVE' : 'GET'
  const decision = await decide(runtime, { method, url, fields }, clock.now())
  if (decision.kind === 'allow') return decision.reported ?? 'allow'
  return decision.kind === 'refuse' ? decision.reason : decision.kind
}

const insufficient = 'insufficient_claims'

t.test('a claim equals a constant, or one of a list, by its text', async (t) => {
  const world = await worldOf([
    rule('/one', { claims: { plan: ['gold'] } }),
    rule('/some', { claims: { plan: ['gold', 'silver'] } }),
    rule('/number', { claims: { level: ['3'] } }),
    rule('/truth', { claims: { isStaff: ['true'] } }),
    rule('/both', { claims: { plan: ['gold'], level: ['3'] } }),
    rule('/colon', { claims: { plan: ['::x'] } }),
    rule('/big', { claims: { tenant: ['1147953659032899585'] } }),
  ])
  const rows: readonly (readonly [url: string, claims: Claims, verdict: string])[] = [
    ['/one', { plan: 'gold' }, 'allow'],
    ['/one', { plan: 'Gold' }, insufficient],
    ['/one', { plan: 'gold ' }, insufficient],
    ['/one', { plan: '' }, insufficient],
    ['/one', {}, insufficient],
    ['/one', { plan: null }, insufficient],
    ['/one', { plan: { gold: 'gold' } }, insufficient],
    ['/one', { plan: ['silver', 'gold'] }, 'allow'],
    ['/one', { plan: [['gold']] }, insufficient],
    ['/one', { plan: [{ rawJSON: 'gold' }, null] }, insufficient],
    ['/one', { plan: [] }, insufficient],
    ['/some', { plan: 'silver' }, 'allow'],
    ['/some', { plan: 'gold,silver' }, insufficient],
    ['/number', { level: 3 }, 'allow'],
    ['/number', { level: '3' }, 'allow'],
    ['/number', { level: 3.5 }, insufficient],
    ['/number', { level: [2, 3] }, 'allow'],
    ['/truth', { isStaff: true }, 'allow'],
    ['/truth', { isStaff: 'true' }, 'allow'],
    ['/truth', { isStaff: false }, insufficient],
    ['/truth', { isStaff: 1 }, insufficient],
    ['/both', { plan: 'gold' }, insufficient],
    ['/both', { plan: 'gold', level: 3 }, 'allow'],
    ['/colon', { plan: ':x' }, 'allow'],
    ['/colon', { plan: '::x' }, insufficient],
    ['/big', { tenant: '1147953659032899585' }, 'allow'],
  ]
  for (const [url, claims, verdict] of rows) {
    const token = mintAccessToken(world.mint, { claims })
    t.equal(await ask(world, url, token), verdict, `${url} ${JSON.stringify(claims)}`)
    t.equal(await ask(world, url, token), verdict, 'and again, from the token cache')
  }
})

t.test('a number counts with the digits of the token, so that two tenants stay two', async (t) => {
  const world = await worldOf([rule('/*', { claims: { tenant: ['1147953659032899600'] } })])
  const raw = (digits: string) => mintAccessToken(world.mint, { claims: { tenant: rawJSON(digits) } })
  t.equal(await ask(world, '/', raw('1147953659032899600')), 'allow')
  t.equal(await ask(world, '/', raw('1147953659032899585')), insufficient)
})

t.test('a claim may have any name, also one that every object has', async (t) => {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'cognito:groups',
    'custom:tenant',
    ' ',
    '名前',
  ]
  for (const name of names) {
    const world = await worldOf([rule('/*', { claims: Object.fromEntries([[name, ['a']]]) })])
    const claims = JSON.parse(`{${JSON.stringify(name)}:${name === 'cognito:groups' ? '["a"]' : '"a"'}}`)
    const other = JSON.parse(`{${JSON.stringify(name)}:${name === 'cognito:groups' ? '["b"]' : '"b"'}}`)
    t.equal(await ask(world, '/', mintAccessToken(world.mint, { claims })), 'allow', name)
    t.equal(await ask(world, '/', mintAccessToken(world.mint, { claims: other })), insufficient, name)
    t.equal(await ask(world, '/', mintAccessToken(world.mint)), insufficient, `${name} is missing`)
  }
})

t.test('an e-mail address counts when it is verified, or when the configuration believes all', async (t) => {
  const routes = [rule('/*', { claims: { email: ['a@b.example'] } })]
  const mint = (world: TestRuntime, verified?: unknown) =>
    mintAccessToken(world.mint, { claims: { email: 'a@b.example', email_verified: verified } })
  const world = await worldOf(routes)
  t.equal(await ask(world, '/', mint(world, true)), 'allow')
  t.equal(await ask(world, '/', mint(world, false)), insufficient)
  t.equal(await ask(world, '/', mint(world)), insufficient)
  const identityHeaders = { preset: 'default', stripPrefixes: [], passToken: true, unverifiedEmail: 'send' } as const
  const credulous = await worldOf(routes, { identityHeaders })
  t.equal(await ask(credulous, '/', mint(credulous)), 'allow')
})

const tenants = [
  rule('/t/:tenant/*', { claims: { tenant: [':tenant'] } }),
  rule('/either/:tenant', { claims: { tenant: [':tenant', 'all'] } }),
  rule('/two/:a/:b', { claims: { tenant: [':b'], sub: [':a', 'x'] } }),
]

t.test('a claim equals a parameter of the path, decoded once', async (t) => {
  const world = await worldOf(tenants)
  const rows: readonly (readonly [url: string, tenant: unknown, verdict: string])[] = [
    ['/t/acme/x', 'acme', 'allow'],
    ['/t/acme/x?t=/t/other/x', 'acme', 'allow'],
    ['/t/acme', 'acme', 'allow'],
    ['/t/acme/', 'acme', 'allow'],
    ['/t/other/x', 'acme', insufficient],
    ['/t/other/x', ['acme', 'other'], 'allow'],
    ['/t/42/x', 42, 'allow'],
    ['/T/acme/x', 'acme', 'allow'],
    ['/t/ACME/x', 'acme', insufficient],
    ['/t/ACME/x', 'ACME', 'allow'],
    ['/t/%61cme/x', 'acme', 'allow'],
    ['/t/caf%C3%A9/x', 'café', 'allow'],
    ['/t/a%40b.example/x', 'a@b.example', 'allow'],
    ['/t/a%20b/x', 'a b', 'allow'],
    ['/t/%E9/x', 'é', 'path_ambiguous'],
    ['/t/%25/x', '%', 'allow'],
    ['/t/:tenant/x', 'acme', insufficient],
    ['/t/undefined/x', undefined, insufficient],
    ['/either/all', 'all', 'allow'],
    ['/either/acme', 'acme', 'allow'],
    ['/either/acme', 'all', 'allow'],
    ['/either/acme', 'other', insufficient],
    ['/two/x/b', 'b', insufficient],
  ]
  for (const [url, tenant, verdict] of rows) {
    const token = mintAccessToken(world.mint, { claims: { tenant } })
    t.equal(await ask(world, url, token), verdict, `${url} ${String(tenant)}`)
  }
  t.equal(await ask(world, '/two/x/b', mintAccessToken(world.mint, { sub: 'x', claims: { tenant: 'b' } })), 'allow')
})

t.test('a path whose readings name two tenants is ambiguous, whatever forms are allowed', async (t) => {
  const forms = ['doubleSlash', 'semicolon', 'encodedSlash', 'doubleEncoded', 'dotSegments', 'unicode'] as const
  for (const allow of [[], forms]) {
    for (const world of [
      await worldOf(tenants, { paths: { allow } }),
      await worldOf(tenants.map((one) => ({ ...one, paths: { allow } }))),
    ]) {
      const token = mintAccessToken(world.mint, {
        claims: { tenant: ['acme', 't', 'acme;x', 'acme/x', 'a%2Fb', '%41'] },
      })
      for (const url of [
        '/t/acme/../other/x',
        '/t/acme;x/y',
        '/t/acme%2Fx/y',
        '/t/acme%2F..%2Fother/x',
        '/t/other/..%2facme/x',
        '/t/acme./x',
        '/t/acme%20/x',
        '//t/t/x',
        '/t//acme/x',
        '/t/%2541/x',
        '/t/ac%EF%BD%8De/x',
        '/t/acme%00/x',
        '/t/acme%3Fx/y',
        '/t/acme%23/y',
        '/t/acme\\other/x',
        '/t/%41/;%2F..%2F..%2F%2541/',
      ]) {
        t.equal(await ask(world, url, token), 'path_ambiguous', `${url} with ${allow.length} forms allowed`)
      }
    }
  }
})

t.test('the path behind a rewrite has readings of its own', async (t) => {
  const world = await worldOf([
    rule('/t/:tenant/*', { stripPrefix: '/t', claims: { tenant: [':tenant'] } }),
    rule('/u/:tenant/*', { addPrefix: '/v2', claims: { tenant: [':tenant'] } }),
  ])
  const token = mintAccessToken(world.mint, { claims: { tenant: 'acme' } })
  t.equal(await ask(world, '/t/acme/x', token), 'allow')
  t.equal(await ask(world, '/t/acme/X%20y', token), 'allow')
  t.equal(await ask(world, '/t/acme/../../t/acme/x', token), 'path_ambiguous', 'the service would read /t/acme/x')
  t.equal(await ask(world, '/u/acme/X', token), 'allow')
  t.equal(await ask(world, '/u/acme/../../../u/acme/x', token), 'path_ambiguous')
  const long = (characters: number) => `/u/acme/%41${'x'.repeat(characters)};a`
  t.equal(await ask(world, long(4947), token), 'allow')
  t.equal(await ask(world, long(4950), token), 'path_ambiguous', 'too long to be looked at with the prefix')
})

t.test('a second target is compared with its own path', async (t) => {
  const world = await worldOf([rule('/t/:tenant/*', { claims: { tenant: [':tenant'] } })])
  const token = mintAccessToken(world.mint, { claims: { tenant: 'acme' } })
  const to = (path: string) => ask(world, '/t/acme/a', token, ['Destination', path])
  t.equal(await to('http://app.example/t/acme/b'), 'allow')
  t.equal(await to('http://app.example/t/other/b'), insufficient)
  t.equal(await to('/t/other/b'), insufficient)
  t.equal(await to('/t/acme/../other/b'), 'path_ambiguous')
})

t.test('a machine is no user, and a user no machine', async (t) => {
  const world = await worldOf([rule('/people', { subject: 'user' }), rule('/jobs', { subject: 'machine' })])
  const user = mintAccessToken(world.mint)
  const machine = mintM2mToken(world.mint)
  const unknown = mintAccessToken(world.mint, { claims: { username: undefined } })
  const odd = mintM2mToken(world.mint, { claims: { username: 'alice' } })
  t.equal(await ask(world, '/people', user), 'allow')
  t.equal(await ask(world, '/people', machine), 'machine_not_allowed')
  for (const token of [unknown, odd]) t.equal(await ask(world, '/people', token), 'user_required')
  t.equal(await ask(world, '/jobs', machine), 'allow')
  for (const token of [user, unknown, odd]) t.equal(await ask(world, '/jobs', token), 'machine_required')
})

t.test('the token use of a rule replaces that of the pool, on this rule alone', async (t) => {
  const world = await worldOf([
    rule('/id', { tokenUse: ['id'] }),
    rule('/any', { tokenUse: ['access', 'id'] }),
    rule('/people', { tokenUse: ['id'], subject: 'user' }),
    rule('/usual'),
    rule('/maybe', { auth: 'optional' }),
  ])
  const access = mintAccessToken(world.mint)
  const id = mintIdToken(world.mint)
  const wrong = 'token_use_not_allowed'
  const seen = async (token: string) => {
    const verdicts: string[] = []
    for (const url of ['/id', '/any', '/people', '/usual', '/maybe', '/else'])
      verdicts.push(await ask(world, url, token))
    return verdicts
  }
  t.same(await seen(access), [wrong, 'allow', wrong, 'allow', 'allow', 'allow'])
  t.same(await seen(id), ['allow', 'allow', 'allow', wrong, wrong, wrong])
  t.equal(await ask(world, '/id', mintAccessToken(world.mint, { claims: { token_use: 'refresh' } })), wrong)
})

t.test('a rule in report mode records what it would have refused', async (t) => {
  const mode = 'report'
  const world = await worldOf([
    rule('/claims', { mode, claims: { plan: ['gold'] } }),
    rule('/subject', { mode, subject: 'machine' }),
    rule('/use', { mode, tokenUse: ['id'] }),
  ])
  const token = mintAccessToken(world.mint)
  t.equal(await ask(world, '/claims', token), insufficient)
  t.equal(await ask(world, '/subject', token), 'machine_required')
  t.equal(await ask(world, '/use', token), 'token_use_not_allowed')
})

t.test('two rules that differ in one of these demands alone are ambiguous', async (t) => {
  const token = (world: TestRuntime) => mintAccessToken(world.mint, { claims: { a: 'b' } })
  for (const demands of [
    [{ claims: { a: ['b'] } }, { claims: { a: ['c'] } }],
    [{ claims: { a: ['b'] } }, {}],
    [{ subject: 'user' }, { subject: 'machine' }],
    [{ tokenUse: ['access'] }, { tokenUse: ['access', 'id'] }],
  ] as const) {
    const world = await worldOf([rule('/a/*', demands[0]), rule('/b/*', demands[1])])
    t.equal(await ask(world, '/a/..%2fb/x', token(world)), 'path_ambiguous', JSON.stringify(demands))
  }
  const same = { claims: { a: ['b', 'c'], d: ['e'] }, tokenUse: ['access', 'id'] } as const
  const turned = { claims: { d: ['e'], a: ['c', 'b'] }, tokenUse: ['id', 'access'] } as const
  const world = await worldOf([rule('/a/*', same), rule('/b/*', turned)])
  t.equal(await ask(world, '/a/..%2fb/x', token(world)), insufficient, 'the order says nothing')
})
