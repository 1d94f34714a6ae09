import t from 'tap'
import { loadYaml, yamlIssues } from '../loading.ts'

t.test('the two listeners are two', async (t) => {
  t.match(yamlIssues('listen: ":9464"'), [{ key: 'ops.listen', expected: /another port/ }])
  t.match(yamlIssues('listen: "127.0.0.1:9464"'), [{ key: 'ops.listen' }])
  t.match(yamlIssues('listen: "[::]:80"\nops: { listen: "127.0.0.1:80" }'), [{ key: 'ops.listen' }])
  t.same(yamlIssues('listen: "127.0.0.1:80"\nops: { listen: "10.0.0.1:80" }'), [])
  t.same(yamlIssues('listen: ":0"\nops: { listen: ":0" }'), [])
})

t.test('a certificate needs its key and a key its certificate', async (t) => {
  t.match(yamlIssues('tls: { keyFile: /k }'), [{ key: 'tls.certFile', found: 'nothing' }, { key: 'tls.keyFile' }])
  t.match(yamlIssues('tls: { certFile: /c }'), [{ key: 'tls.keyFile', found: 'nothing' }, { key: 'tls.certFile' }])
  const ca = yamlIssues('tls: { clientCaFile: /ca }').map(({ key }) => key)
  t.same(ca, ['tls.certFile', 'tls.keyFile', 'tls.clientCaFile'])
  const upstream = 'upstream: { url: "https://a", tls:'
  t.match(yamlIssues(`${upstream} { keyFile: /k } }`), [
    { key: 'upstream.tls.certFile' },
    { key: 'upstream.tls.keyFile' },
  ])
  t.match(yamlIssues(`${upstream} { certFile: /c } }`), [
    { key: 'upstream.tls.keyFile' },
    { key: 'upstream.tls.certFile' },
  ])
})

t.test('TLS settings of a plain http upstream would be silently useless', async (t) => {
  for (const tls of ['serverName: a', 'insecureSkipVerify: true']) {
    t.match(yamlIssues(`upstream: { url: "http://app:80", tls: { ${tls} } }`), [
      { key: 'upstream.url', fix: 'url: https://app' },
    ])
    t.same(yamlIssues(`upstream: { url: "https://app:443", tls: { ${tls} } }`), [])
  }
  t.same(yamlIssues('upstream: { url: "http://app", tls: { insecureSkipVerify: false } }'), [])
})

t.test('an upstream that is cogate itself is a loop', async (t) => {
  const loops = [
    'upstream: http://127.0.0.1:8181',
    'upstream: http://localhost:8181',
    'upstream: http://[::1]:8181',
    'upstream: http://0.0.0.0:8181',
    'listen: "127.0.0.1:80"\nupstream: http://127.0.0.1',
    'listen: "localhost:443"\nupstream: https://localhost',
    'listen: "10.0.0.7:3000"\nupstream: http://10.0.0.7:3000',
  ]
  for (const yaml of loops) t.match(yamlIssues(yaml), [{ key: 'upstream.url', expected: /not the one cogate/ }], yaml)
  t.match(yamlIssues('upstream: http://127.0.0.1:9464'), [{ key: 'upstream.url', expected: /ops listener/ }])
  const others = [
    'upstream: http://127.0.0.1:8080',
    'upstream: http://app:8181',
    'upstream: http://10.0.0.1:8181',
    'listen: "10.0.0.7:3000"\nupstream: http://127.0.0.1:3000',
    'upstream: unix:/run/app.sock',
    'listen: ":0"\nupstream: http://127.0.0.1:8181',
  ]
  for (const yaml of others) t.same(yamlIssues(yaml), [], yaml)
})

t.test('times are in order', async (t) => {
  t.match(yamlIssues('jwks: { cooldown: 2h }'), [{ key: 'jwks.cooldown', found: '2h', fix: 'cooldown: 1h' }])
  t.match(yamlIssues('jwks: { maxStale: 30m }'), [
    { key: 'jwks.refreshInterval', found: '1h', fix: 'refreshInterval: 30m' },
  ])
  t.match(yamlIssues('limits: { headersTimeout: 6m }'), [{ key: 'limits.headersTimeout', fix: 'headersTimeout: 5m' }])
  t.same(yamlIssues('jwks: { cooldown: 1s, refreshInterval: 1s, maxStale: 1s }'), [])
})

t.test('a token cannot be longer than all headers together (FLD-19)', async (t) => {
  t.match(yamlIssues('limits: { token: 64KiB }'), [
    { key: 'limits.token', found: '64KiB', expected: /limits\.headers, which is 32KiB/, fix: 'token: 32KiB' },
  ])
  t.same(yamlIssues('limits: { token: 64KiB, headers: 64KiB }'), [])
})

t.test('zero is allowed where it means something', async (t) => {
  for (const yaml of ['clockTolerance: 0s', 'drain: { delay: 0s, timeout: 0s }', 'limits: { body: 0B }']) {
    t.same(yamlIssues(yaml), [], yaml)
  }
  const refused = ['upstream: { connectTimeout: 0s }', 'jwks: { timeout: 0s }', 'tokenCache: { maxEntries: 0 }']
  for (const yaml of refused) t.equal(yamlIssues(yaml).length, 1, yaml)
})

t.test('bounds keep values where timers and buffers can hold them', async (t) => {
  const cases = [
    ['drain: { timeout: 577h }', /to 576h/],
    ['clockTolerance: 11m', /to 10m/],
    ['limits: { headers: 512B }', /from 1KiB/],
    ['limits: { headers: 2MiB }', /to 1MiB/],
    ['upstream: { maxConnections: 65536 }', /65535/],
    ['tokenCache: { maxEntries: 1.5 }', /whole number/],
  ] as const
  for (const [yaml, expected] of cases) t.match(yamlIssues(yaml), [{ expected }], yaml)
  t.equal(loadYaml('drain: { timeout: 576h }').drain.timeoutMs, 576 * 3_600_000)
})

t.test('a rate needs its unit, and the fix keeps the number', async (t) => {
  t.match(yamlIssues('rateLimit: { perSubject: 50 }'), [
    { key: 'rateLimit.perSubject', expected: /50\/s/, fix: 'perSubject: 50/s' },
  ])
})

t.test('a burst without a rate is an error, for it limits nothing', async (t) => {
  t.match(yamlIssues('rateLimit: { burst: 9 }'), [{ key: 'rateLimit.burst', expected: /perSubject/ }])
  t.same(yamlIssues('rateLimit: { burst: 9, perAddress: 5/s }'), [])
  t.same(yamlIssues('rateLimit: { burst: 9, perSubject: 5/s }'), [])
})

t.test('forward-auth needs to know which proxies may ask', async (t) => {
  t.match(yamlIssues('forwardAuth: { enabled: true }'), [
    { key: 'forwarded.trust', found: 'nothing', fix: /127\.0\.0\.1/ },
  ])
  t.same(yamlIssues('forwardAuth: { enabled: true }\nforwarded: { trust: [10.0.0.0/8] }'), [])
  t.same(yamlIssues('forwardAuth: { enabled: false }'), [])
})
