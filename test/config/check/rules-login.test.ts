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

t.test('certificates for a connection without TLS would be silently useless', async (t) => {
  const issues = sessionIssues('store: redis, redis: { url: "redis://a", caFile: /ca }')
  t.ok(issues.some(({ key, expected }) => key === 'session.redis.caFile' && /rediss:/.test(expected)))
})
