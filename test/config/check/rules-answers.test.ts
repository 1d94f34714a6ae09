import t from 'tap'
import { loadYaml, yamlIssues } from '../loading.ts'

t.test('a realm is visible ASCII', async (t) => {
  for (const realm of ['https://auth.example.com/token?a=b', 'a "b" \\\\c', 'x'.repeat(200)]) {
    t.same(yamlIssues(`auth: { realm: '${realm}' }`), [], realm)
  }
  t.equal(loadYaml('').auth.realm, 'cogate')
  for (const realm of ['Zoë', 'a\\x01b', 'a\\tb', 'x'.repeat(201)]) {
    t.match(yamlIssues(`auth: { realm: "${realm}" }`), [{ key: 'auth.realm', fix: 'realm: cogate' }], realm)
  }
})

t.test('an allowed origin is written as browsers send it', async (t) => {
  const sound = ['https://app.example.com', 'http://localhost:3000', 'http://[::1]:8080', 'capacitor://localhost']
  t.same(yamlIssues(`cors: { allowOrigins: ${JSON.stringify(sound)} }`), [])
  for (const [origin, fix] of [
    ['https://App.example.com/', '- https://app.example.com'],
    ['https://app.example.com:443', '- https://app.example.com'],
    ['app.example.com', '- https://app.example.com'],
    ['https://app.example.com/path?a', '- https://app.example.com'],
    ['*', '- https://app.example.com'],
    ['null', '- https://app.example.com'],
    ['https://*.example.com', '- https://app.example.com'],
    ['https://a.example, https://b.example', '- https://app.example.com'],
  ] as const) {
    t.match(yamlIssues(`cors: { allowOrigins: ["${origin}"] }`), [{ key: 'cors.allowOrigins[0]', fix }], origin)
  }
})

t.test('whose preflights are answered must be said', async (t) => {
  t.match(yamlIssues('cors: { preflight: answer }'), [
    { key: 'cors.allowOrigins', found: 'none', fix: 'allowOrigins: [https://app.example.com]' },
  ])
})

t.test('an audit log is none, stdout or the path of a file', async (t) => {
  for (const audit of ['none', 'stdout', '/var/log/a', './none', 'audit.log']) {
    t.same(yamlIssues(`log: { audit: "${audit}" }`), [], audit)
  }
  for (const audit of ['stderr', 'STDOUT', 'Off']) {
    const [issue, ...more] = yamlIssues(`log: { audit: "${audit}" }`)
    t.match(issue, { key: 'log.audit', expected: /none, stdout, or the path/ }, audit)
    t.same(more, [])
  }
})
