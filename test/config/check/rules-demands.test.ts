import t from 'tap'
import { issuesOf, loadYaml, yamlIssues } from '../loading.ts'

function routeIssues(...routes: readonly string[]) {
  return yamlIssues(`routes:\n${routes.map((route) => `  - { ${route} }`).join('\n')}`)
}

t.test('claims have names and values: texts, truth values and whole numbers', async (t) => {
  const route =
    'path: "/t/:tenant", claims: { a: x, b: [x, y], c: true, d: 3, e: [1, "007"], "custom:t": ":tenant", f: "::x" }'
  t.same(routeIssues(route), [])
  for (const value of ['', '[]', '1.5', '{ x: y }', '[[x]]', '12345678901234567890', '" x"', '""', 'null']) {
    t.match(routeIssues(`path: /a, claims: { b: ${value} }`), [{ key: /^routes\[0\]\.claims\.b/ }], value)
  }
  for (const claims of ['{}', '[a]', 'a', '{ "": a }']) {
    t.match(routeIssues(`path: /a, claims: ${claims}`), [{ key: 'routes[0].claims' }], claims)
  }
})

t.test('names that every object has are names of claims like others', async (t) => {
  const { routes } = loadYaml('routes: [{ path: /a, claims: { __proto__: a, constructor: b } }]')
  t.same(Object.entries(routes[0]?.claims ?? {}), [
    ['__proto__', ['a']],
    ['constructor', ['b']],
  ])
})

t.test('a parameter is one of the path, written once there', async (t) => {
  const issue = (path: string, value: string) => routeIssues(`path: "${path}", claims: { a: "${value}" }`)
  t.same(issue('/t/:tenant/*', ':tenant'), [])
  t.match(issue('/t/:tenant/*', ':tenat'), [{ key: 'routes[0].claims.a', found: ':tenat', fix: '# such as ":tenant"' }])
  t.match(issue('/t/:tenant/*', ':'), [{ fix: '# such as ":tenant"' }])
  t.match(issue('/t/:Tenant/*', ':tenant'), [{ fix: '# such as ":Tenant"' }])
  t.match(issue('/t/*', ':tenant'), [{ expected: /:tenant is written ::tenant/, fix: 'a: ::tenant' }])
  t.match(issue('/:a/:a', ':a'), [{ expected: /once/ }])
  t.same(issue('/t/*', '::tenant'), [])
})

t.test('who signs in is a user with an access token', async (t) => {
  const login =
    'publicUrl: https://a.example\nlogin: { domain: https://b.example, clientId: client1 }\nsession: { secrets: [0123456789abcdef0123456789abcdef] }\n'
  const issues = (route: string) => yamlIssues(`${login}routes: [{ path: /a, auth: login, ${route} }]`)
  t.same(issues('tokenUse: [access, id], subject: user'), [])
  t.match(issues('tokenUse: [id]'), [{ key: 'routes[0].tokenUse', fix: 'tokenUse: [access, id]' }])
  t.match(issues('subject: machine'), [{ key: 'routes[0].subject', fix: 'subject: user' }])
})

t.test('a rule that lets anonymous callers in demands none of it', async (t) => {
  for (const demand of ['claims: { a: b }', 'subject: user', 'tokenUse: [id]']) {
    t.match(routeIssues(`path: /a, auth: optional, ${demand}`), [{ expected: /lets anonymous callers in/ }], demand)
  }
})

t.test('a rule that sends people to the sign-in accepts its user pool and its app client', async (t) => {
  const issues = (route: string) =>
    issuesOf({
      yaml: `
publicUrl: https://app.example.com
userPools:
  - { id: ap-northeast-1_AbCdEfGhI, clientIds: [people, machines] }
  - { id: ap-northeast-1_Partners0, clientIds: [partners] }
login: { domain: "https://auth.example.com", clientId: people }
session: { secrets: [a secret for tests that is long enough] }
routes: [{ path: /a, ${route} }]
`,
    })
  for (const sound of [
    'auth: login',
    'auth: login, clientIds: [people, partners]',
    'auth: login, userPools: [ap-northeast-1_AbCdEfGhI, ap-northeast-1_Partners0]',
    'auth: required, clientIds: [partners], userPools: [ap-northeast-1_Partners0]',
  ]) {
    t.same(issues(sound), [], sound)
  }
  t.match(issues('auth: login, clientIds: [machines]'), [
    { key: 'routes[0].clientIds', fix: 'clientIds: [people, machines]' },
  ])
  t.match(issues('auth: login, userPools: [ap-northeast-1_Partners0]'), [
    { key: 'routes[0].userPools', fix: 'userPools: [ap-northeast-1_AbCdEfGhI, ap-northeast-1_Partners0]' },
  ])
})
