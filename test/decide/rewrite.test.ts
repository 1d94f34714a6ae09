import t from 'tap'
import { decide } from '../../src/decide/decide.ts'
import { callersPath, canRewrite, compileRoute, rewriteTarget } from '../../src/decide/route.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

t.test('a prefix is taken away where the path begins with it, and another one is put in its place', async (t) => {
  for (const [strip, add, target, seen] of [
    ['/a', '', '/a', '/'],
    ['/a', '', '/a/', '/'],
    ['/a', '', '/a?x=/a', '/?x=/a'],
    ['/a', '', '/A/b%2Fc', '/b%2Fc'],
    ['/a/b', '/v2', '/a/b/c', '/v2/c'],
    ['', '/v2', '/a', '/v2/a'],
  ] as const) {
    t.ok(canRewrite({ strip, add }, target), target)
    t.equal(rewriteTarget({ strip, add }, target), seen, target)
  }
  for (const target of ['/ab', '/%61/b', '//a/b', '/b', '/', '/a;x'])
    t.notOk(canRewrite({ strip: '/a', add: '' }, target))
})

t.test('a path of the service is one of callers where it is below the prefix that was put before it', async (t) => {
  for (const [strip, add, seen, path] of [
    ['/a', '', '/b', '/a/b'],
    ['/a', '/v2', '/v2', '/a'],
    ['', '/v2', '/v2', '/'],
    ['', '/v2', '/v2/b', '/b'],
    ['', '/v2', '/v23/b', undefined],
    ['/a', '/v2', '/a/b', undefined],
  ] as const) {
    t.equal(callersPath({ strip, add }, seen), path, seen)
  }
})

t.test('rules that do different things with a request demand different things', async (t) => {
  const demands = [
    {},
    { upstream: 'x' },
    { stripPrefix: '/a' },
    { addPrefix: '/a' },
    { stripPrefix: '/a', addPrefix: '/a' },
  ].map((changes) => compileRoute(rule('/a/*', changes)))
  t.equal(new Set(demands.map(({ demand }) => demand)).size, 5)
  t.same(
    demands.map(({ rewrite }) => rewrite),
    [undefined, undefined, { strip: '/a', add: '' }, { strip: '', add: '/a' }, { strip: '/a', add: '/a' }],
  )
})

t.test('a Destination is refused where the service knows other paths; another method is not', async (t) => {
  const routes = [rule('/a/*', { auth: 'none', stripPrefix: '/a' })]
  const { runtime, clock } = await createReadyRuntime({ routes })
  const ask = async (method: string, ...headers: string[]) => {
    const fields = readFields(['Host', 'h', ...headers])
    const decision = await decide(runtime, { method, url: '/a/x', fields }, clock.now())
    return decision.kind === 'refuse' ? decision.reason : decision.kind
  }
  t.equal(await ask('MOVE', 'Destination', '/a/y'), 'path_ambiguous')
  t.equal(await ask('GET', 'Destination', '/a/y'), 'path_ambiguous')
  t.equal(await ask('POST', 'X-HTTP-Method-Override', 'PUT'), 'allow')
})

t.test('a path that every reading finds under the rule is refused where its prefix is spelled otherwise', async (t) => {
  const { runtime, clock } = await createReadyRuntime({ routes: [rule('/reports/*', { stripPrefix: '/reports' })] })
  const ask = (url: string) => decide(runtime, { method: 'GET', url, fields: readFields(['Host', 'h']) }, clock.now())
  t.match(await ask('/%72eports/x'), {
    kind: 'refuse',
    reason: 'path_ambiguous',
    ambiguity: 'prefix in another spelling',
  })
  t.match(await ask('/Reports/x'), { kind: 'refuse', reason: 'token_missing' })
})

t.test(
  'a path that leaves the prefix, or reaches what another rule guards, is refused whatever resolves its dots',
  async (t) => {
    const routes = [
      rule('/reports/*', { groups: ['staff'], stripPrefix: '/reports' }),
      rule('/api/*', { auth: 'none', stripPrefix: '/api', addPrefix: '/internal/v2' }),
      rule('/own/*', { auth: 'none', stripPrefix: '/own' }),
      rule('/own/own/admin/*', { groups: ['admin'], stripPrefix: '/own' }),
      rule('/*', { auth: 'none', addPrefix: '/public' }),
    ]
    const { runtime, clock } = await createReadyRuntime({ routes })
    const ask = async (url: string) => {
      const decision = await decide(runtime, { method: 'GET', url, fields: readFields(['Host', 'h']) }, clock.now())
      return decision.kind === 'refuse' ? decision.reason : decision.kind
    }
    for (const url of [
      '/../secret',
      '/%2e%2e/secret',
      '/..%2fsecret',
      '/a/../../secret',
      '/..;/secret',
      '/api/a/../../../api/secret',
      '/api/%2e%2e/v3/x',
      '/api/..%5c..%5cv3',
      '/own/x/../../own/admin/x',
      '/own/..%2f..%2f/own/admin/x',
      '/own/x/%252e%252e/%252e%252e/own/admin/x',
      '/own//h/own/admin/x',
      '/own/%5ch/own/admin/x',
      '/api//../x',
    ]) {
      t.equal(await ask(url), 'path_ambiguous', url)
    }
    for (const url of ['/api/a/../b', '/api/a%2fb', '/own/x/../y', '/api/a%20b', '/x/../y', '/a//b']) {
      t.equal(await ask(url), 'allow', url)
    }
    t.equal(await ask('/own/own/admin/x'), 'token_missing')
  },
)
