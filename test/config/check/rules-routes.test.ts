import t from 'tap'
import { issuesOf, loadYaml, yamlIssues } from '../loading.ts'

function routeIssues(...routes: readonly string[]) {
  return yamlIssues(`routes:\n${routes.map((route) => `  - { ${route} }`).join('\n')}`)
}

t.test('a route of every feature loads', async (t) => {
  const route =
    'path: "/users/:id/files/*", methods: [GET, M-SEARCH], host: a.example.com, groups: [a b], scopes: [api/read], anyScope: [x], clientIds: [client1], userPools: [eu-west-1_AbCdEfGhI], mode: report'
  t.same(routeIssues(route), [])
})

t.test('paths follow the grammar', async (t) => {
  t.match(routeIssues('path: /ok', 'path: "admin//x"'), [
    { key: 'routes[1].path', source: 'cogate.yaml:4:13', found: '"admin//x"', fix: 'path: /admin/x' },
  ])
  t.match(routeIssues('auth: none'), [{ key: 'routes[0].path', found: 'nothing', fix: 'path: /admin/*' }])
})

t.test('a hint for a rule that lets people in never opens more than was written (FLD-02)', async (t) => {
  const fix = (rule: string) => routeIssues(rule)[0]?.fix
  t.equal(fix('path: "/admin/{id}", groups: [admin]'), 'path: /admin/:id')
  t.equal(fix('path: "/files/*.css", groups: [admin]'), 'path: /files/:name')
  t.equal(fix('path: "/files/{id}", auth: none'), 'path: /files/:id')
  for (const auth of ['none', 'optional']) {
    for (const path of ['/files/*.css', '/a/{b:[0-9]+}', '/a/**/b', '/a?b=c']) {
      const hint = `# one rule for each path that auth: ${auth} is for`
      t.equal(fix(`path: "${path}", auth: ${auth}`), hint, path)
    }
  }
})

t.test('the prefix of the endpoints is a plain path, and no rule is below it', async (t) => {
  for (const prefix of ['/', 'gate', '/gate/', '/Gate', '/ga te', '/%67ate', '/a//b', '/..', '/a?b']) {
    t.match(
      yamlIssues(`endpoints: { prefix: "${prefix}" }`),
      [{ key: 'endpoints.prefix', fix: 'prefix: /_cogate' }],
      prefix,
    )
  }
  t.same(yamlIssues('endpoints: { prefix: /auth/gate.v1 }\nroutes: [{ path: /auth/* }]'), [])
  for (const path of ['/_cogate', '/_cogate/*', '/_COGATE/x', '/_cogate/:id']) {
    t.match(
      routeIssues(`path: "${path}", auth: none`),
      [{ key: 'routes[0].path', expected: /outside \/_cogate/ }],
      path,
    )
  }
  t.same(routeIssues('path: /_cogate-like/x'), [])
})

t.test('methods are those of node:http, in capitals, never CONNECT or TRACE', async (t) => {
  const cases = [
    ['get', '- GET'],
    ['Post', '- POST'],
    ['CONNECT', '# name only methods that cogate forwards'],
    ['FETCH', '# name only methods that cogate forwards'],
    ['TRACE', '# name only methods that cogate forwards'],
    ['connect', '# name only methods that cogate forwards'],
  ] as const
  for (const [method, fix] of cases) {
    t.match(routeIssues(`path: /a, methods: [PUT, ${method}]`), [{ key: 'routes[0].methods[1]', found: method, fix }])
  }
  t.same(routeIssues('path: /a, methods: [PATCH, PROPFIND, QUERY]'), [])
})

t.test('hosts are lower case, without scheme, port and wildcard', async (t) => {
  const cases = [
    ['Admin.Example.com', 'host: admin.example.com'],
    ['admin.example.com:8080', 'host: admin.example.com'],
    ['https://admin.example.com/', 'host: admin.example.com'],
    ['admin.example.com.', 'host: admin.example.com'],
    ['*.example.com', '# one rule for each host'],
    ['a.example/b?c', 'host: a.example'],
  ] as const
  for (const [host, fix] of cases) {
    t.match(routeIssues(`path: /a, host: "${host}"`), [{ key: 'routes[0].host', fix }], host)
  }
})

t.test('a rule may have every host that a request may have (FLD-29)', async (t) => {
  for (const host of ['my_gate', 'a-.b', 'xn--bcher-kva.example', '10.0.0.1', '[::1]', '[2001:db8::1]', 'a..b']) {
    t.same(routeIssues(`path: /a, host: "${host}"`), [], host)
  }
  for (const host of ['My_Gate', '[::A]', 'a b', 'ä.example', '']) {
    t.equal(routeIssues(`path: /a, host: "${host}"`).length, 1, host)
  }
})

t.test('a scope is one item', async (t) => {
  t.match(routeIssues('path: /a, scopes: [api/read api/write]'), [
    { key: 'routes[0].scopes', fix: 'scopes: [api/read, api/write]' },
  ])
  t.match(routeIssues(`path: /a, anyScope: ['a"b']`), [{ key: 'routes[0].anyScope', fix: 'anyScope: [a, b]' }])
})

t.test('a route that lets everyone in demands nothing', async (t) => {
  for (const demand of ['groups', 'scopes', 'anyScope', 'clientIds', 'userPools']) {
    for (const auth of ['none', 'optional']) {
      const issues = routeIssues(`path: /a, auth: ${auth}, ${demand}: [x]`)
      t.match(issues, [{ key: `routes[0].${demand}`, found: '[x]', expected: new RegExp(`auth: ${auth}`) }], demand)
    }
    const value = demand === 'userPools' ? 'eu-west-1_AbCdEfGhI' : 'client1'
    t.same(routeIssues(`path: /a, auth: required, ${demand}: [${value}]`), [], demand)
  }
})

t.test('an empty demand is refused: it could mean nobody or everybody', async (t) => {
  for (const demand of ['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'methods']) {
    t.match(routeIssues(`path: /a, ${demand}: []`), [{ key: `routes[0].${demand}`, expected: /not empty/ }], demand)
  }
})

t.test('an app client that no user pool accepts is refused: the rule would admit nobody', async (t) => {
  const issues = routeIssues('path: /a, clientIds: [client1, clent1]', 'path: /b, clientIds: [elsewhere]')
  const expected = 'one of the clientIds of a user pool; tokens of other app clients are refused, whatever a rule says'
  t.same(issues, [
    { key: 'routes[0].clientIds[1]', source: 'cogate.yaml:3:38', found: 'clent1', expected, fix: '- client1' },
    {
      key: 'routes[1].clientIds[0]',
      source: 'cogate.yaml:4:29',
      found: 'elsewhere',
      expected,
      fix: '# add it to the clientIds of its user pool',
    },
  ])
})

t.test('an app client may be that of any of the user pools, or anybody where one accepts every client', async (t) => {
  const rule = 'routes: [{ path: /a, clientIds: [b] }]'
  const pools = (second: string) => `userPools: [{ id: eu-west-1_a, clientIds: [a] }, { id: eu-west-1_b, ${second} }]`
  t.match(issuesOf({ yaml: `${pools('clientIds: [c]')}\n${rule}` }), [{ key: 'routes[0].clientIds[0]', found: 'b' }])
  t.same(issuesOf({ yaml: `${pools('clientIds: [b]')}\n${rule}` }), [])
  t.same(issuesOf({ yaml: `${pools('insecureAnyClient: true')}\n${rule}` }), [])
})

t.test('a user pool that is not configured is refused: the rule would admit nobody (FLD-30)', async (t) => {
  t.match(routeIssues('path: /a, userPools: [eu-west-1_AbCdEfGhI, eu-west-1_abcdefghi]'), [
    { key: 'routes[0].userPools[1]', found: 'eu-west-1_abcdefghi', fix: '- eu-west-1_AbCdEfGhI' },
  ])
  t.match(
    issuesOf({ yaml: 'routes: [{ path: /a, userPools: [b] }]' }).map(({ key }) => key),
    ['userPools'],
    'without any pool that alone is the mistake',
  )
})

t.test('a rule for some pools takes app clients of these pools only (FLD-30)', async (t) => {
  const pools = 'userPools: [{ id: eu-west-1_a, clientIds: [a] }, { id: eu-west-1_b, clientIds: [b] }]'
  const rule = (pool: string) => `${pools}\nroutes: [{ path: /a, userPools: [${pool}], clientIds: [b] }]`
  t.same(issuesOf({ yaml: rule('eu-west-1_b') }), [])
  t.match(issuesOf({ yaml: rule('eu-west-1_a') }), [{ key: 'routes[0].clientIds[0]', found: 'b', fix: '- a' }])
})

t.test('a mistake in the app clients of a user pool is not reported at the rules as well', async (t) => {
  for (const pool of ['clientIds: b', 'clientIds: []', 'clientIds: [1]', 'insecureAnyClient: 1']) {
    const yaml = `userPools: [{ id: eu-west-1_a, ${pool} }]\nroutes: [{ path: /a, clientIds: [b] }]`
    t.same(new Set(issuesOf({ yaml }).map(({ key }) => key.slice(0, 9))), new Set(['userPools']), pool)
  }
  t.match(
    issuesOf({ yaml: 'routes: [{ path: /a, clientIds: [b] }]' }).map(({ key }) => key),
    ['userPools'],
  )
})

t.test('two rules for one request are refused with both places', async (t) => {
  const twins = [
    ['path: /a', 'path: /a'],
    ['path: /a', 'path: /A/'],
    ['path: /a', 'path: /a, auth: none'],
    ['path: "/a/:id/b"', 'path: "/a/:name/b"'],
    ['path: /a, methods: [GET, PUT]', 'path: /a, methods: [PUT, POST]'],
    ['path: /a', 'path: /a, methods: [PUT]'],
    ['path: /a/*, host: a.example', 'path: /A/*, host: a.example'],
    ['path: /a, auth: none', 'path: /a, auth: none'],
    ['path: "/a/:id", auth: none', 'path: "/a/:name", auth: optional'],
    ['path: /stra%C3%9Fe', 'path: /strasse'],
  ] as const
  for (const routes of twins) {
    const issues = routeIssues(...routes)
    t.match(
      issues,
      [{ key: 'routes[1].path', expected: /routes\[0\]\.path \(cogate\.yaml:3:\d+\)/ }],
      routes.join(' | '),
    )
  }
})

t.test('rules for different requests live together', async (t) => {
  const pairs = [
    ['path: /a', 'path: /a/*'],
    ['path: /a, methods: [GET]', 'path: /a, methods: [PUT]'],
    ['path: /a', 'path: /a, host: a.example'],
    ['path: /a, auth: none', 'path: /A, auth: none'],
    ['path: "/a/:id"', 'path: /a/b'],
  ] as const
  for (const routes of pairs) t.same(routeIssues(...routes), [], routes.join(' | '))
})

t.test('a bad path is not reported as a twin as well', async (t) => {
  t.same(
    routeIssues('path: a', 'path: a').map(({ key, fix }) => `${key} ${fix}`),
    [
      'routes[0].path path: /a',
      'routes[1].path path: /a',
      'routes[1].path # join it with routes[0], or give it other methods',
    ],
  )
  t.same(
    yamlIssues('routes: [{ path: 5 }, { path: 5 }]').map(({ key }) => key),
    ['routes[0].path', 'routes[1].path'],
  )
})

t.test('routes keep their order', async (t) => {
  const { routes } = loadYaml('routes: [{ path: /b, auth: none }, { path: /a }]')
  t.same(
    routes.map(({ path }) => path),
    ['/b', '/a'],
  )
})

t.test(
  'a prefix with too many slashes, or of another path, is one mistake with the prefix that is meant',
  async (t) => {
    const cases = [
      ['{ path: /r/*, stripPrefix: /r/ }', 'stripPrefix: /r'],
      ['{ path: /r/*, stripPrefix: r }', 'stripPrefix: /r'],
      ['{ path: /r/:id/x, stripPrefix: /other }', 'stripPrefix: /r'],
      ['{ path: /r, stripPrefix: /other }', 'stripPrefix: /r'],
      ['{ path: /*, stripPrefix: /other }', '# the beginning of the path of this rule'],
      ['{ path: /r/*, addPrefix: v2/ }', 'addPrefix: /v2'],
      ['{ path: /r/*, addPrefix: "/v2?x" }', '# such as /v2'],
    ] as const
    for (const [route, fix] of cases) {
      const issues = yamlIssues(`routes: [${route}]`)
      t.same(
        issues.map((issue) => issue.fix),
        [fix],
        route,
      )
      if (!fix.startsWith('#')) t.same(yamlIssues(`routes: [${route.replace(/\w+Prefix: [^ ]+/, fix)}]`), [], fix)
    }
  },
)
