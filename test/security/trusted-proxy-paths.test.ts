/**
 * Attack: a caller names another path in a header that the service obeys, and a trusted proxy passes it on. A green run proves that the
 * other path is decided like that of the request line.
 */
import t from 'tap'
import { decide } from '../../src/decide/decide.ts'
import { secondTargets } from '../../src/decide/seconds/second-targets.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

const keys = createKeys()
const balancer = '10.0.0.7'
const world = await createReadyRuntime({
  keys,
  forwarded: { trust: ['10.0.0.0/8'], via: false },
  routes: [rule('/*'), rule('/public/*', { auth: 'none' }), rule('/admin/*', { groups: ['admin'] })],
})
const user = mintAccessToken(world.mint)
const admin = mintAccessToken(world.mint, { groups: ['admin'] })

interface Asked {
  readonly url: string
  readonly token?: string
  readonly address?: string
}

async function ask({ url, token, address = balancer }: Asked, ...lines: readonly string[]) {
  const credential = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  const fields = readFields(['Host', 'app.example', ...credential, ...lines])
  const decision = await decide(world.runtime, { method: 'GET', url, fields, address }, world.clock.now())
  return decision.kind === 'refuse' ? [decision.reason, decision.second] : decision.kind
}

t.test(
  'X-Original-URL and X-Rewrite-URL that a trusted proxy passes on are decided like the request itself',
  async (t) => {
    for (const name of ['X-Original-URL', 'x-rewrite-url']) {
      for (const value of [
        '/admin/x',
        'http://app.example/admin/x',
        '/ADMIN/x?y',
        'https://other.example:8443/%61dmin/x',
      ]) {
        t.same(await ask({ url: '/x', token: user }, name, value), ['insufficient_group', 'X-Original-URL'], value)
        t.same(await ask({ url: '/public/x' }, name, value), ['token_missing', 'X-Original-URL'], value)
        t.equal(await ask({ url: '/x', token: admin }, name, value), 'allow', value)
      }
      for (const value of ['', '/public/x', '/public/x?y', 'http://app.example/public/y']) {
        t.equal(await ask({ url: '/public/x' }, name, value), 'allow', value)
      }
      for (const value of ['/x/../admin/y', 'admin', '/a%zz']) {
        t.same(await ask({ url: '/x', token: admin }, name, value), ['path_ambiguous', 'X-Original-URL'], value)
      }
    }
  },
)

t.test('both headers count, and more than two other paths are refused', async (t) => {
  const both = ['X-Original-URL', '/public/y', 'X-Rewrite-URL', '/admin/x']
  t.same(await ask({ url: '/public/x' }, ...both), ['token_missing', 'X-Original-URL'])
  const lines = ['/public/1', '/public/2', '/public/3'].flatMap((place) => ['X-Original-URL', place])
  t.equal(await ask({ url: '/public/x' }, ...lines.slice(0, 4)), 'allow')
  t.same(await ask({ url: '/public/x' }, ...lines), ['path_ambiguous', 'X-Original-URL'])
})

t.test('a prefix that some services take from the path is taken from it for a second decision', async (t) => {
  for (const name of ['X-Script-Name', 'X-Forwarded-Prefix']) {
    for (const [url, prefix] of [
      ['/public/admin/x', '/public'],
      ['/public/admin/x', '/public/'],
      ['/public/x/admin/y', '/public/x'],
      ['/public/admin/x?y', '/a, /public'],
      ['/public/a%20b/admin/x', '/public/a b'],
    ] as const) {
      t.same(await ask({ url }, name, prefix), ['token_missing', 'X-Forwarded-Prefix'], prefix)
      t.equal(await ask({ url, token: admin }, name, prefix), 'allow', prefix)
    }
    for (const prefix of ['/app', '/', '', '/publicity', '/public']) {
      t.equal(await ask({ url: '/public/public/x' }, name, prefix), 'allow', prefix)
    }
  }
})

t.test('a prefix is looked for in every reading of the path', async (t) => {
  for (const [url, prefix, reason] of [
    ['/./a/team/admin/x', '/a/team', 'insufficient_group'],
    ['/team/../team/admin/x', '/team', 'path_ambiguous'],
    ['/%2561/team/admin/x', '/a/team', 'insufficient_group'],
    ['/caf%C3%A9/admin/x', '/caf\u00c3\u00a9', 'insufficient_group'],
  ] as const) {
    t.same(await ask({ url, token: user }, 'X-Script-Name', prefix), [reason, 'X-Forwarded-Prefix'], url)
  }
  const odd = ['/team/a//b', '/team/a%2Fb%20c', '/team/%E6%BC%A2/+a', '/team/A;b/.', '/other//team/a']
  for (const url of odd) t.equal(await ask({ url, token: user }, 'X-Script-Name', '/team'), 'allow', url)
  const fields = readFields(['X-Script-Name', '/team'])
  const long = { method: 'GET', url: `/team/${'%EF%BC%A1'.repeat(1500)}`, fields }
  t.equal(
    secondTargets(long, () => true),
    'X-Forwarded-Prefix',
    'too long to be looked at',
  )
})

t.test('more than two prefixes are refused', async (t) => {
  const url = '/public/a/b/c/d'
  t.equal(await ask({ url, token: user }, 'X-Forwarded-Prefix', '/public, /public/a'), 'allow')
  const three = ['X-Forwarded-Prefix', '/public, /public/a', 'X-Script-Name', '/public/a/b']
  t.same(await ask({ url, token: user }, ...three), ['path_ambiguous', 'X-Forwarded-Prefix'])
})

t.test(
  'where a prefix is taken from the path or put before it, other paths are those that the service sees',
  async (t) => {
    const app = { stripPrefix: '/app' }
    const { runtime, clock, mint } = await createReadyRuntime({
      keys,
      forwarded: { trust: ['10.0.0.0/8'], via: false },
      routes: [
        ...[rule('/app/*', app), rule('/app/admin/*', { ...app, groups: ['admin'] })],
        rule('/app/open/*', { ...app, auth: 'none' }),
        ...[rule('/v/*', { stripPrefix: '/v', addPrefix: '/v1' }), rule('/n/*', { addPrefix: '/v1' })],
      ],
    })
    const askFor = async (url: string, ...line: readonly string[]) => {
      const fields = readFields(['Host', 'app.example', 'Authorization', `Bearer ${mintAccessToken(mint)}`, ...line])
      const decision = await decide(runtime, { method: 'GET', url, fields, address: balancer }, clock.now())
      return decision.kind === 'refuse' ? decision.reason : decision.kind
    }
    for (const [url, name, value, expected] of [
      ['/app/x', 'X-Original-URL', '/admin/x', 'insufficient_group'],
      ['/app/x', 'X-Original-URL', '/ADMIN/x', 'insufficient_group'],
      ['/app/x', 'X-Original-URL', '/x/../admin/x', 'path_ambiguous'],
      ['/app/x', 'X-Rewrite-URL', 'http://h/y', 'allow'],
      ['/app/x', 'X-Original-URL', '/app/x', 'allow'],
      ['/v/x', 'X-Original-URL', '/v1/y', 'allow'],
      ['/v/x', 'X-Original-URL', '/v1?y', 'allow'],
      ['/v/x', 'X-Original-URL', '/y', 'path_ambiguous'],
      ['/v/x', 'X-Original-URL', '/v1/../y', 'path_ambiguous'],
      ['/app/y/admin/x', 'X-Script-Name', '/y', 'insufficient_group'],
      ['/app/y/z/x', 'X-Script-Name', '/y', 'allow'],
      ['/app/x', 'X-Forwarded-Prefix', '/app', 'allow'],
      ['/v/x', 'X-Forwarded-Prefix', '/v1', 'path_ambiguous'],
      ['/n/x', 'X-Forwarded-Prefix', '/v1', 'path_ambiguous'],
    ] as const) {
      t.equal(await askFor(url, name, value), expected, `${url} ${name}: ${value}`)
    }
    const fields = readFields(['Host', 'app.example', 'X-Forwarded-Prefix', '/app'])
    const open = await decide(runtime, { method: 'GET', url: '/app/open/x', fields, address: balancer }, clock.now())
    t.equal(open.kind, 'allow', 'the service does not see the prefix that the gate has taken away')
  },
)

t.test('they are decided beside a method and a Destination', async (t) => {
  const both = ['X-Original-URL', '/admin/x', 'X-HTTP-Method-Override', 'PUT']
  t.same(await ask({ url: '/public/x' }, ...both), ['token_missing', 'X-Original-URL'])
  t.equal(await ask({ url: '/public/x' }, 'X-Script-Name', '/app', 'X-HTTP-Method-Override', 'PUT'), 'allow')
  t.equal(await ask({ url: '/x', token: admin }, 'X-Original-URL', '/y', 'Destination', '/a'), 'allow')
  const methods = ['X-HTTP-Method', 'GET, PUT, POST']
  t.same(await ask({ url: '/x', token: admin }, 'X-Original-URL', '/y', ...methods), [
    'method_not_allowed',
    'X-HTTP-Method-Override',
  ])
})

t.test('a head that did not come over a connection has no proxy that is trusted', async (t) => {
  const fields = readFields(['Host', 'app.example', 'X-Original-URL', '/admin/x'])
  t.match(await decide(world.runtime, { method: 'GET', url: '/public/x', fields }, world.clock.now()), {
    kind: 'allow',
  })
})

t.test('nobody else is believed, so the headers of anybody else change nothing', async (t) => {
  for (const line of [
    ['X-Original-URL', '/admin/x'],
    ['X-Rewrite-URL', 'nonsense'],
    ['X-Script-Name', '/public'],
  ]) {
    t.equal(await ask({ url: '/public/admin/x', address: '192.0.2.1' }, ...line), 'allow', line.join())
  }
})
