import t from 'tap'
import { issuesOf, loadYaml, yamlIssues } from '../loading.ts'

function sourceIssues(sources: string, more = '') {
  return yamlIssues(`credentials: { sources: [${sources}] }\n${more}`)
}

t.test('every place can be read, and bearer is the default', async (t) => {
  t.same(loadYaml('').credentials.sources, ['bearer'])
  const all =
    'bearer, basicPassword, "cookie:access_token", "cookie:__Host-token", amplify, webSocketProtocol, "insecureQuery:access_token"'
  t.same(sourceIssues(all), [])
})

t.test('a place that does not exist is refused with the one that was meant', async (t) => {
  for (const [given, meant] of [
    ['Bearer', 'bearer'],
    ['header', 'bearer'],
    ['Authorization', 'bearer'],
    ['basic', 'basicPassword'],
    ['basicpasword', 'basicPassword'],
    ['Amplify', 'amplify'],
    ['websocket', 'webSocketProtocol'],
    ['cookie', 'cookie:access_token'],
    ['"cookie:"', 'cookie:access_token'],
    ['"cookie:a b"', 'cookie:ab'],
    ['"cookies: token"', 'cookie:token'],
    ['"query:access_token"', 'insecureQuery:access_token'],
    ['"insecureQuery:a&b"', 'insecureQuery:ab'],
    ['"insecureQuery:%61"', 'insecureQuery:61'],
    ['something', 'bearer'],
  ] as const) {
    const [issue, ...rest] = sourceIssues(given)
    t.match(issue, { key: 'credentials.sources[0]', expected: /^bearer, basicPassword, cookie:NAME, amplify/ }, given)
    t.equal(issue?.fix.includes(meant), true, `${given}: ${issue?.fix}`)
    t.same(rest, [])
  }
})

t.test('no place at all, or one twice, is refused', async (t) => {
  t.match(sourceIssues(''), [{ key: 'credentials.sources' }])
  t.match(sourceIssues('bearer, amplify, bearer'), [
    { key: 'credentials.sources[2]', expected: /each place once.*credentials\.sources\[0\]/ },
  ])
})

t.test("cogate's own cookies hold no token of the caller", async (t) => {
  const names = ['cogate', '__Host-cogate', 'cogate-b', '__Host-cogate-b', 'cogate.1', '__Host-cogate.3']
  for (const name of names) {
    t.match(sourceIssues(`"cookie:${name}"`), [{ key: 'credentials.sources[0]', expected: /cogate's own/ }], name)
  }
  for (const name of ['cogate2', 'cogate_token', 'cogate-token', 'mycogate', 'COGATE', 'cogate.token']) {
    t.same(sourceIssues(`"cookie:${name}"`), [], name)
  }
  t.match(sourceIssues('"cookie:mine"', 'session: { cookieName: mine }'), [{ key: 'credentials.sources[0]' }])
  t.same(sourceIssues('"cookie:cogate"', 'session: { cookieName: mine }'), [])
})

t.test('amplify needs app clients whose cookies it reads', async (t) => {
  const yaml = 'userPools: [{ id: eu-west-1_AbCdEfGhI, insecureAnyClient: true }]\ncredentials: { sources: [amplify] }'
  t.match(issuesOf({ yaml }), [{ key: 'credentials.sources[0]', expected: /clientIds/ }])
})
