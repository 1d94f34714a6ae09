import t from 'tap'
import { decide } from '../../../src/decide/decide.ts'
import { secondTargets } from '../../../src/decide/seconds/second-targets.ts'
import { readFields } from '../../../src/headers/head-fields.ts'
import { createKeys } from '../../../src/issuer/keys.ts'
import { mintAccessToken } from '../../../src/issuer/tokens.ts'
import { rule } from '../../helpers/rules.ts'
import { createReadyRuntime } from '../../helpers/runtime.ts'

const keys = createKeys()
const world = await createReadyRuntime({
  keys,
  routes: [
    rule('/*'),
    rule('/admin/*', { groups: ['admin'] }),
    rule('/notes/*', { methods: ['GET', 'POST'] }),
    rule('/notes/*', { methods: ['DELETE'], groups: ['admin'] }),
    rule('/open/*', { auth: 'none' }),
    rule('/vault/*', { host: 'vault.example', groups: ['admin'] }),
  ],
})
const user = mintAccessToken(world.mint)
const admin = mintAccessToken(world.mint, { groups: ['admin'] })

interface Asked {
  readonly method: string
  readonly url: string
  readonly token?: string
}

async function ask({ method, url, token }: Asked, ...lines: readonly string[]) {
  const credential = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  const fields = readFields(['Host', 'dav.example', ...credential, ...lines])
  const decision = await decide(world.runtime, { method, url, fields }, world.clock.now())
  return decision.kind === 'refuse' ? [decision.reason, decision.second] : decision.kind
}

const move = { method: 'MOVE', url: '/mine.txt', token: user }

t.test('a Destination is decided like the target of the request line (FLD-12)', async (t) => {
  const refused = ['insufficient_group', 'Destination']
  const walks = [
    'http://dav.example/admin/policy.txt',
    'https://elsewhere.example:8443/admin/policy.txt',
    '/admin/policy.txt',
    'http://dav.example/ADMIN/policy.txt',
    'http://dav.example/%61dmin/policy.txt',
    'http://u:p@dav.example:80/admin/policy.txt?x',
  ]
  for (const value of walks) {
    for (const method of ['MOVE', 'COPY', 'PUT', 'GET']) {
      t.same(await ask({ ...move, method }, 'Destination', value), refused, `${method} ${value}`)
    }
    t.equal(await ask({ ...move, token: admin }, 'Destination', value), 'allow', value)
  }
  t.equal(await ask(move, 'Destination', 'http://dav.example/other.txt'), 'allow')
})

t.test('a Destination that can be read in two ways, or that is no path, refuses the request (FLD-12)', async (t) => {
  for (const value of [
    '/x/..%2fadmin/p',
    'http://dav.example/x/../admin/p',
    'policy.txt',
    '',
    'http:\\\\h\\admin',
    '/a%zz',
    '//dav.example/admin/policy.txt',
  ]) {
    t.same(await ask(move, 'Destination', value), ['path_ambiguous', 'Destination'], value)
  }
  t.same(await ask(move, 'Destination', '/a', 'Destination', '/admin/p'), ['path_ambiguous', 'Destination'])
  t.equal(await ask({ ...move, method: 'GET' }, 'Destination', 'Tokyo'), 'allow', 'another use of the name')
})

t.test(
  'a Destination below the prefix of the gate, or of a rule for another host, is not let past (FLD-12)',
  async (t) => {
    t.same(await ask(move, 'Destination', '/_cogate/x'), ['endpoint_not_found', 'Destination'])
    t.same(await ask(move, 'Destination', 'http://vault.example/vault/x'), ['route_not_found', 'Destination'])
  },
)

t.test('an open path does not open a Destination that asks for a token (FLD-12)', async (t) => {
  const anonymous = { method: 'COPY', url: '/open/a' }
  t.same(await ask(anonymous, 'Destination', '/b'), ['token_missing', 'Destination'])
  t.equal(await ask(anonymous, 'Destination', '/open/b'), 'allow')
  t.equal(await ask({ ...anonymous, token: user }, 'Destination', '/b'), 'allow')
})

t.test('a method in a header must be allowed as well as the method itself (FLD-12)', async (t) => {
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'x-method-override']) {
    const post = { method: 'POST', url: '/notes/1', token: user }
    t.same(await ask(post, name, 'DELETE'), ['insufficient_group', 'X-HTTP-Method-Override'], name)
    t.same(await ask(post, name, ' delete '), ['insufficient_group', 'X-HTTP-Method-Override'], name)
    t.same(await ask(post, name, 'PATCH'), ['route_not_found', 'X-HTTP-Method-Override'], name)
    t.equal(await ask(post, name, 'GET'), 'allow', name)
    t.equal(await ask({ ...post, token: admin }, name, 'DELETE'), 'allow', name)
  }
})

t.test('a method is found in every spelling that a CGI program reads as the same header (FLD-12)', async (t) => {
  for (const name of ['X_HTTP_Method_Override', 'X-Http_Method-Override', 'X.HTTP.Method', 'x_method_override']) {
    const post = { method: 'POST', url: '/notes/1', token: user }
    t.same(await ask(post, name, 'DELETE'), ['insufficient_group', 'X-HTTP-Method-Override'], name)
    t.same(await ask(post, name, 'PATCH', 'X-HTTP-Method', 'GET'), ['route_not_found', 'X-HTTP-Method-Override'], name)
    t.equal(await ask(post, name, 'GET'), 'allow', name)
  }
})

t.test('a Destination may be as long as a target of the request line', async (t) => {
  const { urlBytes } = world.runtime.limits
  const place = `/${'a'.repeat(urlBytes - 1)}`
  t.equal(await ask(move, 'Destination', `http://dav.example${place}`), 'allow')
  t.same(await ask(move, 'Destination', `${place}a`), ['url_too_long', 'Destination'])
})

t.test('a Destination that is no place hides no method', async (t) => {
  const post = { method: 'POST', url: '/notes/1', token: user }
  for (const place of [
    ['Destination', 'nowhere'],
    ['Destination', '/a', 'Destination', '/b'],
    ['Destination', ''],
  ]) {
    const override = (name: string) => ask(post, ...place, 'X-HTTP-Method-Override', name)
    t.same(await override('DELETE'), ['insufficient_group', 'X-HTTP-Method-Override'], place.join())
    t.same(await override('MOVE'), ['path_ambiguous', 'Destination'], place.join())
    t.equal(await override('GET'), 'allow', place.join())
  }
})

t.test('a method that is named again costs nothing, and a list of methods is refused', async (t) => {
  const headOf = (list: string) => ({ method: 'POST', url: '/notes/1', fields: readFields(['X-HTTP-Method', list]) })
  t.equal(secondTargets(headOf('get,'.repeat(4000).slice(0, -1)), () => false)?.length, 1)
  const post = { method: 'POST', url: '/notes/1', token: user }
  t.equal(await ask(post, 'X-HTTP-Method', 'GET', 'X-Method-Override', 'post'), 'allow')
  t.same(await ask(post, 'X-HTTP-Method', 'GET, POST, GET, a'), ['method_not_allowed', 'X-HTTP-Method-Override'])
  t.same(await ask({ ...post, method: 'DELETE' }, 'X-HTTP-Method', 'GET, POST, a'), ['insufficient_group', undefined])
})

t.test('a Destination without a path is the root, and both headers are looked at together (FLD-12)', async (t) => {
  t.equal(await ask(move, 'Destination', 'http://dav.example'), 'allow')
  t.equal(await ask(move, 'Destination', '//dav.example'), 'allow')
  const both = ['Destination', '/notes/2', 'X-HTTP-Method-Override', 'DELETE']
  t.same(await ask({ method: 'POST', url: '/notes/1', token: user }, ...both), [
    'insufficient_group',
    'X-HTTP-Method-Override',
  ])
})

t.test('a second target of a rule in report mode passes, and is reported (FLD-12)', async (t) => {
  const routes = [rule('/*'), rule('/new/*', { groups: ['admin'], mode: 'report' })]
  const reporting = await createReadyRuntime({ keys, routes })
  const token = mintAccessToken(reporting.mint)
  const fields = readFields(['Host', 'a', 'Authorization', `Bearer ${token}`, 'Destination', '/new/x'])
  const decision = await decide(reporting.runtime, { method: 'COPY', url: '/x', fields }, reporting.clock.now())
  t.match(decision, { kind: 'allow', reported: 'insufficient_group' })
})

t.test('a request that is refused itself is refused for its own reason (FLD-12)', async (t) => {
  const anonymous = { method: 'MOVE', url: '/mine.txt' }
  t.same(await ask(anonymous, 'Destination', '/admin/p'), ['token_missing', undefined])
})

t.test('the source that an object store copies from must be allowed to be read', async (t) => {
  const put = { method: 'PUT', url: '/mine/copy' }
  for (const name of [
    'X-Amz-Copy-Source',
    'X-Goog-Copy-Source',
    'x-ms-copy-source',
    'X-Copy-From',
    'X-Amz-Rename-Source',
  ]) {
    const refused = ['insufficient_group', 'X-Amz-Copy-Source']
    for (const source of [
      'admin/secret.txt',
      '/admin/secret.txt',
      '/%61dmin/a%20b?versionId=1',
      'https://dav.example/admin/x',
    ]) {
      t.same(await ask({ ...put, token: user }, name, source), refused, `${name}: ${source}`)
      t.equal(await ask({ ...put, token: admin }, name, source), 'allow', source)
    }
    t.equal(await ask({ ...put, token: user }, name, 'bucket/key'), 'allow', name)
    t.same(await ask({ method: 'PUT', url: '/open/copy' }, name, '/bucket/key'), ['token_missing', 'X-Amz-Copy-Source'])
    t.same(await ask({ ...put, token: user }, name, 'x/../admin/y'), ['path_ambiguous', 'X-Amz-Copy-Source'])
  }
  // Ceph and Swift read their headers as a CGI program does.
  for (const name of ['X_Amz_Copy_Source', 'x-amz_copy.source', 'X_Copy_From', 'x_ms_rename_source']) {
    const refused = ['insufficient_group', 'X-Amz-Copy-Source']
    t.same(await ask({ ...put, token: user }, name, 'admin/secret.txt'), refused, name)
    t.equal(await ask({ ...put, token: user }, name, 'bucket/key'), 'allow', name)
    const both = [name, 'bucket/a', 'X-Copy-From', 'bucket/a']
    t.same(await ask({ ...put, token: user }, ...both), ['path_ambiguous', 'X-Amz-Copy-Source'], name)
  }
  const twice = ['X-Amz-Copy-Source', 'bucket/a', 'X-Amz-Copy-Source', 'bucket/b']
  t.same(await ask({ ...put, token: user }, ...twice), ['path_ambiguous', 'X-Amz-Copy-Source'])
  t.same(await ask({ ...put, token: user }, 'X-Amz-Copy-Source', 'a', 'Destination', '/admin/x'), [
    'insufficient_group',
    'Destination',
  ])
})
