/** Forward-auth: another proxy asks at `/_cogate/auth` whether a request may pass, and gets the verdict of the proxy. */
import t, { type Test } from 'tap'
import { type Ask, families, formsOf, startAskStack, targetsOf } from '../helpers/forward-auth.ts'
import { startStack } from '../helpers/stack.ts'

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/maybe/*', auth: 'optional' },
  { path: '/admin/*', groups: ['admin'] },
  { path: '/watched/*', groups: ['admin'], mode: 'report' },
  { path: '/write/*', methods: ['POST'], scopes: ['api/write'] },
  { path: '/*', host: 'inner.example', groups: ['inner'] },
  { path: '/*' },
]

const table: readonly (Ask & { readonly status: number; readonly token?: 'none' | 'broken' })[] = [
  { method: 'GET', target: '/', status: 200 },
  { method: 'GET', target: '/a?b=c&d=%2F', status: 200 },
  { method: 'DELETE', target: '/a', status: 200 },
  { method: 'PROPFIND', target: '/a', status: 200 },
  { method: 'GET', target: '/a', token: 'none', status: 401 },
  { method: 'GET', target: '/a', token: 'broken', status: 401 },
  { method: 'GET', target: '/public/a', token: 'none', status: 200 },
  { method: 'GET', target: '/public/../admin/a', token: 'none', status: 400 },
  { method: 'GET', target: '/public/..%2fadmin/a', token: 'none', status: 400 },
  { method: 'GET', target: '/maybe/a', token: 'none', status: 200 },
  { method: 'GET', target: '/admin/a', status: 403 },
  { method: 'GET', target: '/ADMIN/a', status: 403 },
  { method: 'GET', target: '/%61dmin/a', status: 403 },
  { method: 'GET', target: '/admin;x/a', status: 400 },
  { method: 'GET', target: '/watched/a', status: 200 },
  { method: 'POST', target: '/write/a', status: 403 },
  { method: 'GET', target: '/write/a', status: 404 },
  { method: 'GET', target: '/a', host: 'inner.example', status: 403 },
  { method: 'GET', target: '/a', host: 'INNER.example.:8443', status: 403 },
  { method: 'GET', target: '/a%zz', status: 400 },
  { method: 'GET', target: '/a#b', status: 400 },
  { method: 'TRACE', target: '/a', status: 405 },
  { method: 'GET', target: '/_cogate/nothing', status: 404 },
]

t.test('proxy and forward-auth give the same verdict, whatever form the question has', async (t) => {
  const { ask, askProxy } = await startAskStack(t, { routes })
  for (const { token, status, ...question } of table) {
    const label = `${question.method} ${question.host ?? ''}${question.target} ${token ?? ''}`
    const authorization = token === 'none' ? [] : token === 'broken' ? ['Authorization: Bearer a.b.c'] : undefined
    const asked = { ...question, ...(authorization && { authorization }) }
    const proxied = await askProxy(asked)
    t.equal(proxied.status, status, `${label}: the proxy`)
    for (const family of families) {
      const answer = await ask(family, asked)
      t.same([answer.status, answer.code], [status, proxied.code], `${label}: ${family}`)
      t.equal(answer.headers['www-authenticate']?.[0], proxied.headers['www-authenticate']?.[0], `${label}: ${family}`)
    }
  }
})

t.test('an allowed request is answered with 200, every identity header and no body', async (t) => {
  const { ask, upstream } = await startAskStack(t, { routes })
  for (const family of families) {
    const { status, headers, body } = await ask(family, { method: 'GET', target: '/a' })
    t.equal(status, 200)
    t.equal(body, '')
    t.match(headers['x-forwarded-user'], [/./])
    t.same(headers['x-forwarded-groups'], [''], 'a header without a value is there, and is empty')
    t.same(headers['x-cognito-user-pool-id'], [''], 'also one that is sent for several pools alone')
    t.same(headers['content-length'], ['0'])
    t.same(headers['cache-control'], ['no-store'])
  }
  t.same(upstream.requests, [], 'nothing goes to the service')
})

t.test('where nobody is known, every identity header is there and empty', async (t) => {
  const { ask } = await startAskStack(t, { routes })
  const known = await ask('forwarded', { method: 'GET', target: '/a' })
  const names = Object.keys(known.headers).filter((name) => name.startsWith('x-forwarded-'))
  t.ok(names.length > 2, names.join())
  const { headers } = await ask('forwarded', { method: 'GET', target: '/public/a', authorization: [] })
  t.same(
    names.map((name) => headers[name]),
    names.map(() => ['']),
  )
})

t.test('log line and metric name the request that was asked about', async (t) => {
  const { ask, gate } = await startAskStack(t, { routes })
  for (const family of families) {
    const target = `/admin/${family}`
    await ask(family, { method: 'POST', target: `${target}?secret=1` })
    const line = await gate.logged(({ msg, path }) => msg === 'access' && path === target)
    t.match(line, { method: 'POST', route: '/admin/*', outcome: 'deny', reason: 'insufficient_group', status: 403 })
    t.equal(line['client'], '192.0.2.7')
  }
})

t.test('a question with the upgrade of a WebSocket gets the verdict, and its connection ends', async (t) => {
  const { send, authorization } = await startAskStack(t, { routes })
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  for (const [token, status] of [
    [[`Authorization: ${authorization}`], 200],
    [[], 401],
  ] as const) {
    const lines = formsOf('forwarded', { method: 'GET', target: '/a', host: 'app.example' })
    const { responses, closed } = await send(`${[...lines, ...upgrade, ...token].join('\r\n')}\r\n\r\n`)
    t.same([responses.map((response) => response.status), closed], [[status], true])
  }
})

t.test('rate limits count the address of the client that the proxy names', async (t) => {
  const { ask } = await startAskStack(t, { routes, env: { COGATE_RATE_LIMIT_PER_ADDRESS: '1/h' } })
  const from = (client: string) => ask('forwarded', { method: 'GET', target: '/a', client })
  t.equal((await from('192.0.2.1')).status, 200)
  t.equal((await from('192.0.2.1')).status, 429)
  t.equal((await from('192.0.2.2')).status, 200)
})

t.test('a preflight that the gate would answer itself is refused, for 2xx would let it pass', async (t) => {
  const env = { COGATE_CORS_PREFLIGHT: 'answer', COGATE_CORS_ALLOW_ORIGINS: 'https://a.example' }
  const { ask } = await startAskStack(t, { env })
  const fields = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT']
  for (const family of families) {
    const answer = await ask(family, { method: 'OPTIONS', target: '/a', authorization: [], fields })
    t.equal(answer.status, 401, family)
  }
})

t.test('without forwardAuth.enabled there is no such endpoint', async (t) => {
  const { send, head } = await startStack(t, { env: { COGATE_FORWARDED_TRUST: '127.0.0.1' } })
  await expectNone(t, (target) => send(head(`GET ${target}`, 'X-Original-URL: http://a/', 'X-Original-Method: GET')))
})

async function expectNone(t: Test, send: (target: string) => Promise<{ responses: readonly { status: number }[] }>) {
  for (const target of targetsOf('/x')) {
    const { responses } = await send(target)
    t.same(
      responses.map(({ status }) => status),
      [404],
      target,
    )
  }
}

t.test(
  'a question reads the token where the configuration says, the query of the forwarded target included',
  async (t) => {
    const env = {
      COGATE_CREDENTIALS_SOURCES: 'basicPassword,cookie:tok,insecureQuery:tok',
      COGATE_PUBLIC_URL: 'https://app.example',
    }
    const { ask, authorization, gate } = await startAskStack(t, { routes, env })
    const token = authorization.replace('Bearer ', '')
    const basic = `Authorization: Basic ${Buffer.from(`git:${token}`).toString('base64')}`
    const [cookie, foreign] = [`Cookie: tok=${token}`, 'Origin: https://evil.example']
    for (const family of families) {
      const asked = async (target: string, fields: readonly string[], method = 'GET') => {
        const { status, code } = await ask(family, { method, target, authorization: [], fields })
        return code ?? status
      }
      t.equal(await asked('/a', [basic]), 200, family)
      t.equal(await asked('/a', [cookie]), 200, family)
      t.equal(await asked(`/a?b=c&tok=${token}`, []), 200, family)
      t.equal(await asked(`/a?tok=${token}`, [cookie]), 'credential_conflict', family)
      t.equal(await asked('/a', [cookie, foreign], 'POST'), 'cross_site_request', family)
      const { headers } = await ask(family, { method: 'GET', target: '/a', authorization: [] })
      t.same(headers['www-authenticate'], ['Bearer realm="cogate"', 'Basic realm="cogate", charset="UTF-8"'], family)
    }
    t.notOk(JSON.stringify(gate.lines).includes(token.slice(0, 40)))
  },
)
