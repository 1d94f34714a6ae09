/** The library decides on the target that came, whatever the router of Fastify makes of it. */
import t from 'tap'
import { ask, startGuardedApp } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const issuer = await startTestIssuer(t)
const bearer = (claims = {}) => ({ authorization: `Bearer ${issuer.mintAccessToken(claims)}` })

t.test('a path that Fastify and a rule may read differently is refused', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    fastify: { routerOptions: { caseSensitive: false, ignoreDuplicateSlashes: true } },
    options: {
      routes: [
        { path: '/admin/*', groups: ['admin'] },
        { path: '/open', auth: 'none' },
      ],
    },
    routes: (app) => {
      app.get('/admin/x', async () => 'secret')
      app.get('/open', async () => 'open')
    },
  })
  for (const path of ['/ADMIN/x', '/ad%6din/x', '//admin/x', '/%61dmin/%78', '/admin%2fx'])
    t.match((await ask(url + path, bearer())).status, /^(?:400|403|404)$/, path)
  t.match(await ask(`${url}/OPEN`), { status: 400, code: 'path_ambiguous' })
})

t.test('with rewriteUrl the target that came and the one that is routed must both pass', async (t) => {
  const { url } = await startGuardedApp(t, {
    issuer,
    fastify: { rewriteUrl: (req) => (req.url ?? '').replace(/^\/v1/, '') || '/' },
    options: {
      routes: [
        { path: '/admin', groups: ['admin'] },
        { path: '/v1/open', auth: 'none' },
        { path: '/v1/x', auth: 'none' },
        { path: '/x', auth: 'none' },
      ],
    },
    routes: (app) => {
      for (const path of ['/admin', '/open', '/x']) app.get(path, async () => 'ok')
    },
  })
  t.match(await ask(`${url}/v1/admin`, bearer()), { status: 403, code: 'insufficient_group' })
  t.match(await ask(`${url}/v1/admin`, bearer({ groups: ['admin'] })), { status: 200 })
  t.match(await ask(`${url}/v1/open`), { status: 401, code: 'token_missing' })
  t.match(await ask(`${url}/v1/x`), { status: 200 })
})
