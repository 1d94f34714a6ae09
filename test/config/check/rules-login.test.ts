import t from 'tap'
import { yamlIssues } from '../loading.ts'

const login = `
publicUrl: https://app.example.com
login: { domain: "https://auth.example.com", clientId: client1 }
`

function sessionIssues(session: string) {
  return yamlIssues(`${login}session: { secrets: [a secret for tests that is long enough], ${session} }`)
}

t.test('sessions in Redis need an address, and an address needs sessions in Redis', async (t) => {
  t.match(sessionIssues('store: redis'), [
    { key: 'session.redis.url', found: 'nothing', fix: /^COGATE_SESSION_REDIS_URL/ },
  ])
  t.match(sessionIssues('redis: { url: "redis://a" }'), [{ key: 'session.store', fix: 'store: redis' }])
  t.same(sessionIssues('store: redis, redis: { url: "redis://a" }'), [])
  t.same(sessionIssues('store: cookie'), [])
})

t.test('the address of Redis is one that can be connected to, and is never shown', async (t) => {
  const good = [
    'redis://redis',
    'redis://redis:6379',
    'redis://redis:6379/',
    'rediss://redis.internal:6380/2',
    'redis://:p%40ss@redis',
    'rediss://cogate:secret@[::1]:6379/0',
  ]
  for (const url of good) t.same(sessionIssues(`store: redis, redis: { url: "${url}" }`), [], url)
  const bad = [
    'redis',
    'redis:6379',
    'http://redis:6379',
    'redis://',
    'redis://:6379',
    'redis://redis:0',
    'redis://redis:70000',
    'redis://redis/sessions',
    'redis://redis/1/2',
    'redis://redis?db=1',
    'redis://pass#word@redis',
    'redis://p/word@redis:6379',
    'redis://:%zz@redis',
    'redis://:%ff@redis',
    'redis://password@redis',
    'redis://re dis',
  ]
  for (const url of bad) {
    t.match(
      sessionIssues(`store: redis, redis: { url: "${url}" }`),
      [{ key: 'session.redis.url', found: '(secret)' }],
      url,
    )
  }
})

t.test('an origin whose pages may use sessions is written as browsers send it, and is that of a site', async (t) => {
  const sound = ['https://admin.example.com', 'https://admin.example.com:8443', 'http://localhost:3000', 'app://desk']
  t.same(sessionIssues(`allowedOrigins: ${JSON.stringify(sound)}`), [])
  for (const [origin, fix] of [
    // The origin of every sandboxed frame, whoever made it.
    ['null', '- https://app.example.com'],
    ['*', '- https://app.example.com'],
    ['https://*.example.com', '- https://app.example.com'],
    ['admin.example.com', '- https://admin.example.com'],
    ['https://admin.example.com/', '- https://admin.example.com'],
    ['https://admin.example.com/path', '- https://admin.example.com'],
    ['https://Admin.example.com', '- https://admin.example.com'],
    ['https://admin.example.com:443', '- https://admin.example.com'],
    ['http://admin.example.com', '- https://admin.example.com'],
  ] as const) {
    t.match(sessionIssues(`allowedOrigins: ["${origin}"]`), [{ key: 'session.allowedOrigins[0]', fix }], origin)
  }
  t.match(
    yamlIssues('session: { allowedOrigins: ["null"] }'),
    [{ key: 'session.allowedOrigins[0]' }],
    'without a sign-in',
  )
})

t.test("the path of the service's own sign-out is one that a request can have", async (t) => {
  const issues = (on: string) =>
    yamlIssues(`
publicUrl: https://app.example.com
login: { domain: "https://auth.example.com", clientId: client1, logout: { on: ["${on}"] } }
session: { secrets: [a secret for tests that is long enough] }
routes: [{ path: /*, auth: login }]
`)
  for (const path of ['/logout', '/app/logout/', '/a-b/%E3%82%A2', '/app;v=1/logout']) t.same(issues(path), [], path)
  for (const [path, fix] of [
    ['app/logout', '- /app/logout'],
    ['/app/logout?x=1', '- /app/logout'],
    ['/app/logout#x', '- /app/logout'],
    ['https://app.example.com/app/logout', '- /app/logout'],
    ['//app/logout', '- /app/logout'],
    ['/app/*', '- /app'],
    ['*', '- /app/logout'],
  ] as const) {
    t.match(issues(path), [{ key: 'login.logout.on[0]', fix }], path)
  }
})

t.test('the name of the cookie is without the prefix that cogate adds', async (t) => {
  for (const name of ['__Host-app', '__host-app', '__Secure-app']) {
    t.match(sessionIssues(`cookieName: ${name}`), [{ key: 'session.cookieName', fix: 'cookieName: app' }], name)
  }
  t.match(sessionIssues('cookieName: "a b"'), [{ key: 'session.cookieName', fix: 'cookieName: cogate' }])
  for (const name of ['app', '__app', 'my-Host-app']) t.same(sessionIssues(`cookieName: ${name}`), [], name)
})

t.test('certificates for a connection without TLS would be silently useless', async (t) => {
  const issues = sessionIssues('store: redis, redis: { url: "redis://a", caFile: /ca }')
  t.ok(issues.some(({ key, expected }) => key === 'session.redis.caFile' && /rediss:/.test(expected)))
})

t.test('a sign-out of the service on a public path would end no session', async (t) => {
  const issuesWith = (on: string, routes: string) =>
    yamlIssues(`publicUrl: https://app.example.com
login: { domain: "https://auth.example.com", clientId: client1, logout: { on: [${on}] } }
session: { secrets: [a secret for tests that is long enough] }
routes: [${routes}]
`)
  const all = '{ path: /*, auth: login }'
  const open = (path: string) => `{ path: ${path}, auth: none }, ${all}`
  for (const path of ['/bye', '/*', '/:page']) {
    t.match(issuesWith('/x, /bye', path === '/*' ? '{ path: /*, auth: none }' : open(path)).at(-1), {
      key: 'login.logout.on[1]',
      expected: /a path whose rule looks at sessions; the one of \/bye is routes\[0\]/,
    })
  }
  for (const path of ['/other', '/BYE', '/bye/x', '/:a/:b']) t.same(issuesWith('/bye', open(path)), [], path)
  t.same(issuesWith('/bye', `{ path: /bye, auth: optional }, { path: /*, auth: none }`), [])
  t.same(issuesWith('/a/bye', `{ path: /a/*, auth: optional }, { path: /*, auth: none }`), [])
  t.match(issuesWith('/bye', `{ path: /bye, auth: none, methods: [GET] }, ${all}`), [{ key: 'login.logout.on[0]' }])
})
