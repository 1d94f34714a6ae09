/** Routes that are guarded: which ones, what they demand, and what a handler gets. */
import { fastify } from 'fastify'
import t from 'tap'
import { createPlugin } from '../../src/library/plugin.ts'
import { ask, optionsFor, startGuardedApp } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const issuer = await startTestIssuer(t)
const bearer = (claims = {}) => ({ authorization: `Bearer ${issuer.mintAccessToken(claims)}` })

t.test('every route needs a verified token, and says who calls', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    routes: (app) => app.get('/orders', async (request) => request.cogate.claims.sub),
  })
  t.match(await ask(`${url}/orders`), { status: 401, code: 'token_missing' })
  t.match(await ask(`${url}/orders`, { authorization: 'Bearer x.y.z' }), { status: 401, code: 'token_malformed' })
  t.match(await ask(`${url}/orders`, bearer({ username: 'alice' })), { status: 200 })
  t.match(await ask(`${url}/nothing`), { status: 401, code: 'token_missing' }, 'a path without a route')
  t.match(await ask(`${url}/nothing`, bearer()), { status: 404 })
  t.match(await ask(`${url}/orders`, {}, 'HEAD'), { status: 401 })
})

t.test('a route says what it demands', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    routes: (app) => {
      const answer = async () => 'ok'
      app.get('/admin', { config: { cogate: { groups: ['admin'] } } }, answer)
      app.get('/scope', { config: { cogate: { scopes: ['api/write'] } } }, answer)
      app.get('/client', { config: { cogate: { clientIds: [issuer.clientId] } } }, answer)
      app.get('/open', { config: { cogate: { auth: 'none' } } }, async (request) => ({ claims: request.cogate.claims }))
      app.get('/maybe', { config: { cogate: { auth: 'optional' } } }, async ({ cogate }) => ({
        sub: cogate.claims?.sub ?? null,
        reason: cogate.reason,
      }))
    },
  })
  t.match(await ask(`${url}/admin`, bearer({ groups: ['users'] })), { status: 403, code: 'insufficient_group' })
  t.match(await ask(`${url}/admin`, bearer({ groups: ['admin'] })), { status: 200 })
  t.match(await ask(`${url}/admin`), { status: 401, code: 'token_missing' })
  const scope = await ask(`${url}/scope`, bearer())
  t.match(scope, { status: 403, code: 'insufficient_scope' })
  t.match(scope.headers.get('www-authenticate'), /scope="api\/write"/)
  t.match(await ask(`${url}/client`, bearer()), { status: 200 })
  t.match(await ask(`${url}/open`), { status: 200, text: '{"claims":null}' })
  t.match(await ask(`${url}/open`, { authorization: 'Bearer x' }), { status: 200, text: '{"claims":null}' })
  t.match(await ask(`${url}/maybe`), { status: 200, text: '{"sub":null,"reason":"allowed"}' })
  t.match(await ask(`${url}/maybe`, bearer({ sub: 's-1' })), { status: 200, text: '{"sub":"s-1","reason":"allowed"}' })
  t.match(await ask(`${url}/maybe`, { authorization: 'Bearer x' }), { status: 401, code: 'token_malformed' })
})

t.test('a route demands claims, a kind of caller and a kind of token', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    options: { routes: [{ path: '/t/:tenant/*', claims: { tenant: ':tenant' } }] },
    routes: (app) => {
      const answer = async () => 'ok'
      app.get('/gold', { config: { cogate: { claims: { plan: ['gold', '::x'], isStaff: true } } } }, answer)
      app.get('/jobs', { config: { cogate: { subject: 'machine' } } }, answer)
      app.get('/people', { config: { cogate: { tokenUse: ['id'] } } }, answer)
      app.get('/t/:tenant/x', answer)
      app.get('/usual', answer)
    },
  })
  const verdictOf = async (path: string, token: string) => {
    const { status, code } = await ask(url + path, { authorization: `Bearer ${token}` })
    return status === 200 ? 'allow' : code
  }
  const gold = (claims: object) => verdictOf('/gold', issuer.mintAccessToken({ claims: { ...claims } }))
  t.equal(await gold({ plan: 'gold', isStaff: true }), 'allow')
  t.equal(await gold({ plan: ':x', isStaff: 'true' }), 'allow')
  t.equal(await gold({ plan: 'gold' }), 'insufficient_claims')
  t.equal(await verdictOf('/jobs', issuer.mintM2mToken()), 'allow')
  t.equal(await verdictOf('/jobs', issuer.mintAccessToken()), 'machine_required')
  t.equal(await verdictOf('/people', issuer.mintIdToken()), 'allow')
  t.equal(await verdictOf('/people', issuer.mintAccessToken()), 'token_use_not_allowed')
  for (const path of ['/usual', '/gold', '/nothing']) {
    t.equal(await verdictOf(path, issuer.mintIdToken()), 'token_use_not_allowed', path)
  }
  const acme = issuer.mintAccessToken({ claims: { tenant: 'acme' } })
  t.equal(await verdictOf('/t/acme/x', acme), 'allow')
  t.equal(await verdictOf('/t/other/x', acme), 'insufficient_claims')
  t.equal(await verdictOf('/t/acme;x/x', acme), 'path_ambiguous')
})

t.test('both must allow: a rule of the options and the demand of the route', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    options: {
      routes: [
        { path: '/admin/*', groups: ['admin'] },
        { path: '/public/*', auth: 'none' },
      ],
    },
    routes: (app) => {
      const answer = async () => 'ok'
      app.get('/admin/open', { config: { cogate: { auth: 'none' } } }, answer)
      app.get('/admin/writers', { config: { cogate: { groups: ['writers'] } } }, answer)
      app.get('/public/page', answer)
      app.get('/public/writers', { config: { cogate: { groups: ['writers'] } } }, answer)
      app.get('/other', { config: { cogate: { auth: 'none' } } }, answer)
    },
  })
  t.match(await ask(`${url}/admin/open`), { status: 401 }, 'an open route does not open a path that a rule protects')
  t.match(await ask(`${url}/admin/open`, bearer({ groups: ['admin'] })), { status: 200 })
  t.match(await ask(`${url}/admin/writers`, bearer({ groups: ['admin'] })), { status: 403, code: 'insufficient_group' })
  t.match(await ask(`${url}/admin/writers`, bearer({ groups: ['writers'] })), { status: 403 })
  t.match(await ask(`${url}/admin/writers`, bearer({ groups: ['admin', 'writers'] })), { status: 200 })
  t.match(await ask(`${url}/public/page`), { status: 200 })
  t.match(await ask(`${url}/public/writers`), { status: 401 })
  t.match(await ask(`${url}/public/writers`, bearer({ groups: ['writers'] })), { status: 200 })
  t.match(await ask(`${url}/other`), { status: 200 })
})

t.test('all routes of the scope are guarded, also those of plugins registered before, and no others', async (t) => {
  const app = fastify()
  t.teardown(() => app.close())
  app.register(async (scope) => {
    scope.register(async (earlier) => {
      earlier.get('/earlier', async () => 'ok')
    })
    scope.register(createPlugin(), optionsFor(issuer))
    scope.get('/own', async () => 'ok')
    scope.register(async (later) => {
      later.get('/later', async () => 'ok')
    })
  })
  app.get('/outside', async () => 'ok')
  for (const path of ['/earlier', '/own', '/later']) {
    t.equal((await app.inject(path)).statusCode, 401, path)
    t.equal((await app.inject({ url: path, headers: bearer() })).statusCode, 200, path)
  }
  t.equal((await app.inject('/outside')).statusCode, 200)
})

t.test(
  'scopes side by side have options of their own; a second registration inside a guarded one is refused',
  async (t) => {
    const app = fastify()
    t.teardown(() => app.close())
    for (const groups of ['a', 'b']) {
      app.register(async (scope) => {
        await scope.register(createPlugin(), {
          ...optionsFor(issuer),
          routes: [{ path: `/${groups}`, groups: [groups] }],
        })
        scope.get(`/${groups}`, async () => 'ok')
      })
    }
    t.equal((await app.inject({ url: '/a', headers: bearer({ groups: ['a'] }) })).statusCode, 200)
    t.equal((await app.inject({ url: '/b', headers: bearer({ groups: ['a'] }) })).statusCode, 403)
    const nested = fastify()
    t.teardown(() => nested.close())
    await nested.register(createPlugin(), optionsFor(issuer))
    nested.register(async (scope) => {
      await scope.register(createPlugin(), optionsFor(issuer))
    })
    await t.rejects(async () => nested.ready(), { message: 'cogate guards this scope already' })
  },
)

t.test('rate limits count a request once, though two demands are decided', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    options: { rateLimit: { perAddress: '100/h', perSubject: '2/h' }, routes: [{ path: '/a', groups: ['a'] }] },
    routes: (app) => app.get('/a', { config: { cogate: { groups: ['a', 'b'] } } }, async () => 'ok'),
  })
  const headers = bearer({ groups: ['a'] })
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await ask(`${url}/a`, headers)).status)
  t.same(statuses, [200, 200, 429])
})
