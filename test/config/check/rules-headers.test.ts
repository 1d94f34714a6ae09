import t from 'tap'
import { yamlIssues } from '../loading.ts'

function nameIssues(...names: readonly string[]) {
  const set = names.map((name) => JSON.stringify({ name, claim: 'sub' })).join(', ')
  return yamlIssues(`identityHeaders: { set: [${set}] }`)
}

t.test('application headers may be set', async (t) => {
  t.same(
    nameIssues('X-User-Sub', 'Remote-User', 'x_groups', 'X-Forwarded-User', 'X-Real-IP', 'X-Amzn-Oidc-Identity'),
    [],
  )
})

t.test('headers that frame a message, carry credentials or are set by cogate may not', async (t) => {
  const reserved = [
    'Host',
    'Authorization',
    'Cookie',
    'Set-Cookie',
    'Connection',
    'Keep-Alive',
    'Proxy',
    'Proxy-Connection',
    'HTTP2-Settings',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'Content-Length',
    'Content-Type',
    'content_length',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'Forwarded',
    'Via',
    'X-Request-Id',
  ]
  for (const name of reserved) {
    t.match(nameIssues(name), [{ key: 'identityHeaders.set[0].name', fix: `name: X-User-${name}` }], name)
  }
})

t.test('names that are no header names may not be set', async (t) => {
  for (const name of ['X User', 'X:User', ':path', 'X-Ü', 'X\tUser']) {
    t.match(nameIssues(name), [{ key: 'identityHeaders.set[0].name', expected: /header name/ }], name)
  }
})

t.test('two names that an application reads as one are refused with both places', async (t) => {
  t.match(nameIssues('X-User', 'X-Groups', 'x_user'), [
    { key: 'identityHeaders.set[2].name', expected: /identityHeaders\.set\[0\]\.name \(cogate\.yaml:2:\d+\)/ },
  ])
})

t.test('a header needs a name and a claim', async (t) => {
  t.match(yamlIssues('identityHeaders: { set: [{ name: X-User }, { claim: sub }, {}] }'), [
    { key: 'identityHeaders.set[1].name', found: 'nothing', fix: 'name: X-User-Groups' },
    { key: 'identityHeaders.set[2].name' },
    { key: 'identityHeaders.set[0].claim', fix: 'claim: cognito:groups' },
    { key: 'identityHeaders.set[2].claim' },
  ])
})

t.test('prefixes of application headers may be stripped', async (t) => {
  t.same(yamlIssues('identityHeaders: { stripPrefixes: [x-internal-, X_Own, x-] }'), [])
})

t.test('prefixes that would strip framing or credentials may not', async (t) => {
  for (const prefix of ['h', 'Host', 'c', 'content-', 'Content-T', 'auth', 'x-internal-*:', 'cookie', 'te', 'a b']) {
    const issues = yamlIssues(`identityHeaders: { stripPrefixes: [x-ok, "${prefix}"] }`)
    t.match(issues, [{ key: 'identityHeaders.stripPrefixes[1]', fix: '- x-internal-' }], prefix)
  }
})

t.test('headers for the service have names that are free, each once', async (t) => {
  const keysOf = (yaml: string) =>
    yamlIssues(`upstream: { ${yaml} }`, { '/file': 'a' }).map(({ key, found }) => `${key} ${found}`)
  t.same(keysOf('headers: { X-Env: a, Authorization: Basic eDp5, Origin: [a, b] }'), [])
  const taken = ['Host', 'Cookie', 'Content-Length', 'content-type', 'Connection', 'Transfer-Encoding', 'TE', 'Via']
  const own = ['X-Forwarded-For', 'X_Request_Id', 'Sec-WebSocket-Key', 'Destination', 'X-HTTP-Method-Override', 'a b']
  for (const name of [...taken, ...own]) {
    t.same(keysOf(`headers: { ${name}: hunter2 }`), [`upstream.headers.${name} ${name}`], name)
    t.same(keysOf(`headerFiles: { ${name}: /file }`), [`upstream.headerFiles.${name} ${name}`], name)
  }
  t.same(keysOf('headers: { X-Env: a, x_env: b }'), ['upstream.headers.x_env x_env'])
  t.same(
    yamlIssues('identityHeaders: { set: [{ name: X-A, claim: sub }] }\nupstream: { headers: { x-a: b } }').length,
    1,
  )
})

t.test('a value of a header for the service is ASCII, and no issue shows it', async (t) => {
  for (const value of [
    'hunter2é',
    '"hunter2\\x07"',
    '"hunter2\\nX-Admin: 1"',
    '[hunter2, ë]',
    '{ hunter2: a }',
    '""',
  ]) {
    const issues = yamlIssues(`upstream: { headers: { X-Env: ${value} } }`)
    t.equal(issues.length, 1, value)
    t.notMatch(JSON.stringify(issues), /hunter2/, value)
  }
})

t.test('the file of a header for the service holds one line of ASCII', async (t) => {
  const issuesOfFile = (text: string) =>
    yamlIssues('upstream: { headerFiles: { Authorization: /run/basic } }', { '/run/basic': text })
  for (const text of ['Basic eDp5', 'Basic eDp5\n', 'Basic eDp5\r\n'])
    t.same(issuesOfFile(text), [], JSON.stringify(text))
  for (const text of ['', '\n', 'hunter2\nX-Admin: 1', ' hunter2', 'hunter2 ', 'hunter2é', 'hunter2\n\n']) {
    const issues = issuesOfFile(text)
    t.match(issues, [{ key: 'upstream.headerFiles.Authorization' }], JSON.stringify(text))
    t.notMatch(JSON.stringify(issues), /hunter2/)
  }
  t.match(yamlIssues('upstream: { headerFiles: { Authorization: /absent } }'), [
    { found: /absent, which does not exist/ },
  ])
})
