/** Rules about Redis: addresses that cannot be used, files that belong to no address, and `deny` without a list. */
import t from 'tap'
import { yamlIssues } from '../loading.ts'

t.test('an address of Redis is one that can be connected to, and is never shown', async (t) => {
  for (const group of ['redis', 'revocation.redis']) {
    const yaml = (url: string) =>
      group === 'redis' ? `redis: { url: "${url}" }` : `revocation: { redis: { url: "${url}" } }`
    t.same(yamlIssues(yaml('rediss://cogate:secret@redis.internal:6380/2')), [])
    t.match(yamlIssues(yaml('redis.internal:6379')), [
      { key: `${group}.url`, found: '(secret)', fix: /^COGATE_(?:REVOCATION_)?REDIS_URL_FILE=/ },
    ])
  }
})

t.test('certificates for a connection without TLS would be silently useless', async (t) => {
  t.match(yamlIssues('redis: { url: "redis://a", caFile: /ca }'), [{ key: 'redis.caFile', expected: /rediss:/ }])
  t.match(yamlIssues('revocation: { redis: { url: "redis://a", caFile: /ca } }'), [
    { key: 'revocation.redis.caFile', expected: /rediss: in revocation\.redis\.url/ },
  ])
})

const files = { '/user': 'cogate\n', '/password': 'hunter2\n', '/empty': '', '/two': 'a\nb\n' }

t.test('a user and a password in files belong to an address without them', async (t) => {
  const issues = (redis: string) => yamlIssues(`redis: { ${redis} }`, files)
  t.same(issues('url: "rediss://a", usernameFile: /user, passwordFile: /password'), [])
  t.same(issues('url: "rediss://a", passwordFile: /password'), [])
  t.match(issues('usernameFile: /user, passwordFile: /password'), [
    { key: 'redis.url', found: 'nothing', expected: /redis\.usernameFile/ },
  ])
  t.match(issues('passwordFile: /password'), [{ key: 'redis.url', expected: /redis\.passwordFile/ }])
  t.match(issues('url: "redis://a", usernameFile: /user'), [{ key: 'redis.passwordFile', found: 'nothing' }])
  t.match(issues('url: "redis://:x@a", passwordFile: /password'), [
    { key: 'redis.passwordFile', expected: /no redis\.passwordFile/ },
  ])
  for (const name of ['empty', 'two', 'missing']) {
    t.match(issues(`url: "redis://a", passwordFile: /${name}`), [{ key: 'redis.passwordFile' }], name)
  }
  const broken = issues('url: "nonsense", passwordFile: /password')
  t.match(broken, [{ key: 'redis.url' }])
  t.notMatch(JSON.stringify(broken), /hunter2/)
})

t.test('deny needs a list in Redis: a file is never away', async (t) => {
  t.match(yamlIssues('revocation: { file: /a, onStoreFailure: deny }'), [
    { key: 'revocation.redis.url', found: 'nothing', expected: /deny/ },
  ])
  t.same(yamlIssues('revocation: { onStoreFailure: deny }\nredis: { url: "redis://a" }'), [])
  t.same(yamlIssues('revocation: { onStoreFailure: deny, redis: { url: "redis://a" } }'), [])
})

t.test('counts in Redis need an address, and a rate', async (t) => {
  t.match(yamlIssues('rateLimit: { store: redis, perSubject: 5/s }'), [
    { key: 'redis.url', found: 'nothing', expected: /rateLimit\.store/ },
  ])
  t.match(yamlIssues('rateLimit: { store: redis }\nredis: { url: "redis://a" }'), [
    { key: 'rateLimit.store', expected: /perSubject/ },
  ])
  t.same(yamlIssues('rateLimit: { store: redis, perSubject: 5/s }\nredis: { url: "redis://a" }'), [])
  t.same(yamlIssues('rateLimit: { store: redis, perAddress: 5/s }\nredis: { url: "redis://a" }'), [])
})

t.test('sessions in Redis take the shared address', async (t) => {
  const login = `
publicUrl: https://app.example.com
login: { domain: "https://auth.example.com", clientId: client1 }
session: { secrets: [a secret for tests that is long enough], store: redis }
`
  t.same(yamlIssues(`${login}redis: { url: "redis://a" }`), [])
  t.match(yamlIssues(login), [{ key: 'session.redis.url', found: 'nothing' }])
})
