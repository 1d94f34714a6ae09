/** What a caller gets from a guarded application, and what the application gets to know: log, metrics, readiness. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { fastify } from 'fastify'
import t from 'tap'
import { createPlugin } from '../../src/library/plugin.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { ask, optionsFor, startGuardedApp } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const bearer = (claims = {}) => ({ authorization: `Bearer ${issuer.mintAccessToken(claims)}` })

t.test('refusals have the status, the body and the headers of the gate', async (t) => {
  const upstream = await startUpstream(t)
  const cors = ['https://page.example']
  const gate = await startTestGate(t, {
    issuer,
    upstream: upstream.url,
    routes: [{ path: '/scoped', scopes: ['a/b'] }],
    env: { COGATE_CORS_ALLOW_ORIGINS: cors.join(), COGATE_AUTH_REALM: 'api', COGATE_CORS_PREFLIGHT: 'answer' },
  })
  const { url } = await startGuardedApp(t, {
    issuer,
    options: {
      cors: { allowOrigins: cors, preflight: 'answer' },
      auth: { realm: 'api' },
      routes: [{ path: '/scoped', scopes: ['a/b'] }],
    },
  })
  const requests: readonly (readonly [string, string, Record<string, string>])[] = [
    ['GET', '/x', {}],
    ['HEAD', '/x', {}],
    ['POST', '/x', { origin: 'https://page.example' }],
    ['GET', '/scoped', bearer()],
    ['GET', '/x', { authorization: 'Bearer e30.e30.x' }],
    ['OPTIONS', '/x', { origin: 'https://page.example', 'access-control-request-method': 'PUT' }],
    ['GET', `/${'x'.repeat(9000)}`, {}],
  ]
  for (const [method, path, headers] of requests) {
    const [wanted, found] = await Promise.all([gate.url, url].map((base) => ask(base + path, headers, method)))
    const hidden = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    const shown = (answer: typeof wanted) => ({
      status: answer?.status,
      text: hidden(answer?.text ?? ''),
      headers: [...(answer?.headers ?? [])]
        .filter(([name]) => name !== 'date' && name !== 'keep-alive')
        .map(([name, value]) => [name, hidden(value)]),
    })
    t.same(shown(found), shown(wanted), `${method} ${path.slice(0, 20)}`)
  }
})

t.test('headers that other plugins have set before stay on a refusal, and Vary is joined', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    options: { cors: { allowOrigins: ['https://page.example'] } },
    before: (app) =>
      app.addHook(
        'onRequest',
        async (_request, reply) => void reply.header('x-frame-options', 'DENY').header('vary', 'Accept'),
      ),
  })
  const { headers, status } = await ask(`${url}/x`, { origin: 'https://page.example' })
  t.equal(status, 401)
  t.equal(headers.get('x-frame-options'), 'DENY')
  t.equal(headers.get('vary'), 'Accept, Origin')
  t.equal(headers.get('access-control-allow-origin'), 'https://page.example')
})

t.test('a head that is malformed is refused, and its connection ends', async (t) => {
  const { port } = await startGuardedApp(t, { issuer, routes: (app) => app.get('/x', async () => 'reached') })
  const caller = connect(port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  const authorization = `Authorization: ${bearer().authorization}\r\n`
  caller.write(
    `GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n${authorization}\r\nGET /x HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`,
  )
  let text = ''
  caller.on('data', (chunk) => {
    text += chunk
  })
  await once(caller, 'close')
  t.match(text, /^HTTP\/1\.1 400 /)
  t.match(text, /"code":"request_malformed"/)
  t.notMatch(text, 'reached')
  const twice = connect(port, '127.0.0.1')
  t.teardown(() => twice.destroy())
  twice.write(`GET /x HTTP/1.1\r\nHost: a\r\n${authorization}${authorization}\r\n`)
  t.match(String((await once(twice, 'data'))[0]), /400 [\s\S]*credential_conflict/)
})

t.test('the log has one line a request, with reason and route, and no token', async (t) => {
  const { url, lines } = await startGuardedApp(t, {
    issuer,
    options: { log: { subject: 'plain' } },
    routes: (app) => app.get('/orders/:id', { config: { cogate: { auth: 'required' } } }, async () => 'ok'),
  })
  await ask(`${url}/orders/1?secret=1`, bearer({ sub: 's-1' }))
  await ask(`${url}/orders/2`)
  const access = lines.filter(({ msg }) => msg === 'access')
  t.match(access, [
    {
      path: '/orders/1',
      route: '/orders/:id',
      outcome: 'allow',
      reason: 'allowed',
      status: 200,
      sub: 's-1',
      reqId: /^req-/,
    },
    { path: '/orders/2', route: '/orders/:id', outcome: 'challenge', reason: 'token_missing', status: 401 },
  ])
  t.notMatch(JSON.stringify(lines), 'eyJ')
  const quiet = await startGuardedApp(t, { issuer, options: { log: { access: false } } })
  await ask(quiet.url)
  t.same(
    quiet.lines.filter(({ msg }) => msg === 'access'),
    [],
  )
})

t.test('an application without a log, and one whose logger is its own, is guarded all the same', async (t) => {
  const silent = await startGuardedApp(t, { issuer, fastify: { logger: false } })
  t.match(await ask(silent.url, { authorization: 'Bearer x' }), { status: 401 })
  const lines: unknown[] = []
  const write = (fields: unknown) => void lines.push(fields)
  const own = {
    level: 'info',
    info: write,
    warn: write,
    error: write,
    debug: write,
    trace: write,
    fatal: write,
    silent: write,
    child: () => own,
  }
  const app = fastify({ loggerInstance: own as never })
  t.teardown(() => app.close())
  await app.register(createPlugin(), optionsFor(issuer))
  t.equal((await app.inject('/x')).statusCode, 401)
  t.ok(lines.some((line) => (line as { reason?: string }).reason === 'token_missing'))
})

t.test('metrics are those of the gate, and readiness says whether the keys are there', async (t) => {
  const { url, app } = await startGuardedApp(t, {
    issuer,
    routes: (app) => app.get('/orders', { config: { cogate: { groups: ['x'] } } }, async () => 'ok'),
  })
  await ask(`${url}/orders`, bearer())
  await ask(`${url}/nothing`)
  const text = await app.cogate.metrics()
  t.match(text, /^cogate_decisions_total\{route="\/orders",outcome="deny",reason="insufficient_group"\} 1$/m)
  t.match(text, /^cogate_decisions_total\{route="default",outcome="challenge",reason="token_missing"\} 1$/m)
  t.match(text, /^cogate_requests_in_flight 0$/m)
  t.match(text, /^cogate_build_info\{version="\d/m)
  t.same(app.cogate.readiness(), { ready: true })
})

t.test('an application whose user pool cannot be reached starts, and is not ready', async (t) => {
  const userPools = [
    { id: issuer.poolId, clientIds: ['c'], issuer: issuer.issuer, jwksUri: 'http://127.0.0.1:1/jwks.json' },
  ]
  const { url, app, lines } = await startGuardedApp(t, { issuer, options: { userPools } })
  t.same(app.cogate.readiness(), { ready: false })
  t.match(await ask(url, bearer()), { status: 503, code: 'keys_unavailable' })
  t.ok(lines.some(({ msg }) => msg === 'fetch_failed'))
})
