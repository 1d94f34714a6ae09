/** A question may be asked by trusted proxies only, and what is asked about must be named once, or the same each time. */
import t from 'tap'
import { families, startAskStack } from '../helpers/forward-auth.ts'

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/admin/*', groups: ['admin'] },
  { path: '/get/*', methods: ['GET'], auth: 'none' },
  { path: '/get/*', methods: ['DELETE'], groups: ['admin'] },
]
const forwarded = ['X-Forwarded-Method: GET', 'X-Forwarded-Host: a', 'X-Forwarded-Uri: /public/a']
const original = ['X-Original-Method: GET', 'X-Original-URL: http://a/public/a']

t.test('a sender that is not trusted learns nothing, whatever it asks', async (t) => {
  for (const trust of ['', '192.0.2.0/24']) {
    const { ask, gate } = await startAskStack(t, { routes, env: { COGATE_FORWARDED_TRUST: trust || '192.0.2.1' } })
    for (const family of families) {
      const answer = await ask(family, { method: 'GET', target: '/public/a' })
      t.same([answer.status, answer.code], [403, 'sender_not_trusted'], family)
      t.notOk(answer.headers['x-forwarded-user'], 'without identity headers')
    }
    const line = await gate.logged(({ reason }) => reason === 'sender_not_trusted')
    t.match(line, { path: '/_cogate/auth', outcome: 'deny', address: '127.0.0.1', route: 'none' })
  }
})

/** Beside the good lines, the ones that a caller could have added. */
const refused: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ['nothing', []],
  ['no method', ['X-Original-URL: http://a/public/a']],
  ['no target', ['X-Original-Method: GET']],
  ['no method', ['X-Forwarded-Uri: /public/a', 'X-Forwarded-Host: a']],
  ['no target', ['X-Forwarded-Method: GET', 'X-Forwarded-Host: a']],
  ['an empty method', ['X-Forwarded-Method:', 'X-Forwarded-Uri: /public/a']],
  ['an empty target', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri:']],
  ['an empty URL', ['X-Original-Method: GET', 'X-Original-URL:']],
  ['two URLs', [...original, 'X-Original-URL: http://a/admin/a']],
  ['the same URL twice', [...original, 'x-original-url: http://a/public/a']],
  ['two targets', [...forwarded, 'X-Forwarded-Uri: /admin/a']],
  ['two methods', [...forwarded, 'X-Forwarded-Method: GET']],
  ['two hosts', [...forwarded, 'X-Forwarded-Host: a']],
  ['a list of hosts', ['X-Forwarded-Method: GET', 'X-Forwarded-Host: a, b', 'X-Forwarded-Uri: /public/a']],
  ['targets that differ', [...original, 'X-Forwarded-Uri: /public/b']],
  ['targets that differ', [...forwarded, 'X-Original-URI: /admin/a']],
  ['targets that differ', [...original, 'X-Original-URI: /admin/a']],
  ['methods that differ', [...original, 'X-Forwarded-Method: DELETE']],
  ['hosts that differ', [...original, 'X-Forwarded-Host: b']],
  ['a URL that is none', ['X-Original-Method: GET', 'X-Original-URL: public/a']],
  ['a URL without a path', ['X-Original-Method: GET', 'X-Original-URL: http://a']],
  ['a URL with an open host', ['X-Original-Method: GET', 'X-Original-URL: http://a?b/public/a']],
  ['a URL with a user', ['X-Original-Method: GET', 'X-Original-URL: http://a@b/public/a']],
  ['a method that is none', ['X-Forwarded-Method: get', 'X-Forwarded-Uri: /public/a']],
  ['a list of methods', ['X-Forwarded-Method: GET, POST', 'X-Forwarded-Uri: /public/a']],
  ['a target with a blank', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: /public/a b']],
  ['a target with a blank in its query', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: /public/a?b c']],
  ['a target that is no path', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: public/a']],
  ['a target with a host', ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: http://a/public/a']],
]

t.test('a question that is named twice or not whole is 400, and never 200', async (t) => {
  const { askLines, authorization } = await startAskStack(t, { routes })
  const host = ['Host: app.example', `Authorization: ${authorization}`]
  t.equal((await askLines('GET /_cogate/auth', [...host, ...forwarded])).status, 200)
  t.equal((await askLines('GET /_cogate/auth', [...host, ...original])).status, 200)
  t.equal((await askLines('GET /_cogate/auth', [...host, ...original, ...forwarded])).status, 200, 'both, the same')
  for (const [what, lines] of refused) {
    const { status } = await askLines('GET /_cogate/auth', [...host, ...lines])
    t.equal(status, 400, `${what}: ${lines.join(' | ')}`)
  }
})

t.test('headers of a caller that name another request do not help behind Envoy', async (t) => {
  const { askLines } = await startAskStack(t, { routes })
  const ask = (line: string, ...lines: readonly string[]) => askLines(line, ['Host: a', ...lines])
  t.equal((await ask('GET /_cogate/ext-authz/public/a')).status, 200)
  for (const line of [...forwarded.slice(2), ...original.slice(1)]) {
    t.equal((await ask('GET /_cogate/ext-authz/admin/a', line)).status, 400, line)
  }
  t.equal((await ask('DELETE /_cogate/ext-authz/get/a', 'X-Forwarded-Method: GET')).status, 400)
  t.equal((await ask('GET /_cogate/ext-authz/public/a', 'X-Forwarded-Host: b')).status, 400)
})

t.test('a method override and a second target are decided like the request itself', async (t) => {
  const { ask, askProxy } = await startAskStack(t, { routes })
  for (const fields of [
    ['X-HTTP-Method-Override: DELETE'],
    ['X-Method-Override: DELETE'],
    ['X-HTTP-Method-Override: delete'],
  ]) {
    const question = { method: 'GET', target: '/get/a', authorization: [], fields }
    t.equal((await askProxy(question)).status, 401, fields.join())
    for (const family of families) t.equal((await ask(family, question)).status, 401, `${family} ${fields.join()}`)
  }
  for (const family of families) {
    const move = { method: 'MOVE', target: '/public/a', fields: ['Destination: /admin/b'] }
    t.equal((await ask(family, move)).status, 403, family)
  }
})

t.test('no spelling of a path gets through that the proxy refuses', async (t) => {
  const { ask, askProxy } = await startAskStack(t, { routes })
  for (const target of [
    '/public/..%2fadmin/a',
    '/public/%2e%2e/admin/a',
    '/public/../admin/a',
    '/public/..;/admin/a',
    '/public/..\\admin/a',
    '/public//../admin/a',
    '/public/%252e%252e/admin/a',
    '//admin/a',
    '/./admin/a',
    '/admin%00/a',
    '/%c0%ae%c0%ae/admin/a',
    '/ADMIN/a',
    '/admin./a',
    '/_cogate/../admin/a',
    '/..',
  ]) {
    const question = { method: 'GET', target, authorization: [] }
    const proxied = await askProxy(question)
    t.not(proxied.status, 200, target)
    for (const family of families) {
      const { status, code } = await ask(family, question)
      t.same([status, code], [proxied.status, proxied.code], `${family} ${target}`)
    }
  }
})

t.test('other spellings of the endpoint are no endpoint', async (t) => {
  const { askLines } = await startAskStack(t, { routes })
  const others = [
    '/_cogate/auth/',
    '/_cogate/auth/x',
    '/_cogate/ext-authz',
    '/_cogate/ext-authzx',
    '/_cogate/EXT-AUTHZ/x',
  ]
  for (const target of [
    '/_COGATE/auth',
    '/_cogate/AUTH',
    '/_cogate/authx',
    '/%5fcogate/auth',
    '/_cogate//auth',
    ...others,
  ]) {
    const { status } = await askLines(`GET ${target}`, ['Host: a', ...forwarded])
    t.ok(status === 404 || status === 400, target)
  }
})

t.test('identity headers and framing of the question are not believed', async (t) => {
  const { ask, askLines, send } = await startAskStack(t, { routes })
  for (const family of families) {
    const fields = ['X-Forwarded-User: root', 'X-Forwarded-Groups: admin']
    const { headers } = await ask(family, { method: 'GET', target: '/public/a', authorization: [], fields })
    t.same([headers['x-forwarded-user'], headers['x-forwarded-groups']], [[''], ['']], family)
  }
  const twice = ['Host: a', 'Host: b', ...forwarded]
  t.equal((await askLines('GET /_cogate/auth', twice)).status, 400)
  const tokens = ['Authorization: Bearer a.b.c', 'Authorization: Basic eDp5']
  t.equal((await askLines('GET /_cogate/auth', ['Host: a', ...tokens, ...forwarded])).status, 400)
  const smuggled = `POST /_cogate/auth HTTP/1.1\r\nHost: a\r\n${forwarded.join('\r\n')}\r\nContent-Length: 4\r\n\r\nGET GET /_cogate/ext-authz/public/b HTTP/1.1\r\nHost: a\r\n\r\n`
  const { responses } = await send(smuggled, { expectResponses: 2, methods: ['POST', 'GET'] })
  t.same(
    responses.map(({ status }) => status),
    [200, 200],
    'the body of a question is thrown away',
  )
})
