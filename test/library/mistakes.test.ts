/** Mistakes in the options and in the demands of routes. */
import { fastify } from 'fastify'
import t from 'tap'
import { createPlugin } from '../../src/library/plugin.ts'
import { createGuardedApp, optionsFor } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const issuer = await startTestIssuer(t)
const bearer = (claims = {}) => ({ authorization: `Bearer ${issuer.mintAccessToken(claims)}` })

t.test(
  'options are checked by the table: all mistakes at once, and what counts for nothing is refused by name',
  async (t) => {
    const mistakesOf = async (options: object): Promise<string> => {
      const app = fastify()
      app.register(createPlugin(), options as never)
      const error = await app.ready().then(
        () => new Error('it started'),
        (error: Error) => error,
      )
      return error.message
    }
    t.match(await mistakesOf({}), /userPools {2}\(not set\)[\s\S]*at least one user pool/)
    const message = await mistakesOf({
      ...optionsFor(issuer),
      upstream: 'http://a',
      listen: ':80',
      workers: 2,
      limits: { token: '1', body: '1MiB', eventLoopDelay: '1s' },
      login: {},
      rateLimit: { perSubject: '5/s', store: 'redis' },
      routez: [],
    })
    for (const text of [
      /^\d configuration mistakes/,
      /^upstream .*options of cogate/m,
      /@fastify\/http-proxy/,
      /^listen /m,
      /^workers /m,
      /^limits\.token /m,
      /^limits\.body /m,
      /under-pressure/,
      /^login /m,
      /^rateLimit\.store [\s\S]*only the gate/m,
      /^routez /m,
      /write {5}routes: /,
    ])
      t.match(message, text)
    t.match(
      await mistakesOf({ ...optionsFor(issuer), routes: [{ path: '/x', auth: 'login' }] }),
      /routes\[0\]\.auth [\s\S]*plugin has no sign-in/,
    )
    t.match(
      await mistakesOf({ ...optionsFor(issuer), routes: [{ path: '/x', groups: undefined }] }),
      /routes\[0\]\.groups [\s\S]*a key without a value/,
    )
    t.match(await mistakesOf({ ...optionsFor(issuer), routes: new Map() }), /^routes /m)
    t.match(await mistakesOf({ ...optionsFor(issuer), auth: { realm: Symbol('x') } }), /^auth\.realm /m)
    t.match(await mistakesOf({ userPools: [{ id: 'eu-west-1_AbCdEfGhI', clientIds: [] }] }), /clientIds/)
  },
)

t.test('a mistake in the demand of a route stops the start', async (t) => {
  const { app } = await createGuardedApp(t, { issuer })
  const add = (cogate: unknown) => () => app.get('/x', { config: { cogate: cogate as never } }, async () => 'ok')
  t.throws(add({ groups: undefined }), { message: /cogate\.groups {2}\(config of the route GET \/x\)/ })
  t.throws(add({ group: ['a'] }), { message: /cogate\.group [\s\S]*write {5}groups: / })
  t.throws(add({ auth: 'none', groups: ['a'] }), { message: /cogate\.groups [\s\S]*lets anonymous callers in/ })
  t.throws(add({ clientIds: ['2nobody2nobody2nobody2nob'] }), { message: /cogate\.clientIds/ })
  t.throws(add({ methods: ['GET'] }), { message: /cogate\.methods/ })
  t.throws(add({ claims: { tenant: ':tenant' } }), { message: /cogate\.claims [\s\S]*compares request\.params/ })
  t.throws(add({ claims: { tenant: ['a', ':tenant'] } }), { message: /cogate\.claims/ })
  t.throws(add({ claims: { tenant: undefined } }), { message: /cogate\.claims/ })
  t.throws(add({ claims: null }), { message: /cogate\.claims/ })
  t.throws(add({ auth: 'login' }), { message: /cogate\.auth/ })
  t.throws(add({ auth: 'login' }), { message: /^(?!.*routes\[0\]).*\/\/ delete cogate\.auth/s })
  t.throws(add('none'), { message: /^1 configuration mistake[\s\S]*an object/ })
  t.throws(add(null), { message: /an object/ })
  t.doesNotThrow(add(undefined))
})

t.test('a mistake in a route that was there before the plugin refuses its requests', async (t) => {
  const app = fastify()
  t.teardown(() => app.close())
  app.register(createPlugin(), optionsFor(issuer))
  app.get('/x', { config: { cogate: { groups: undefined as never } } }, async () => 'ok')
  app.get('/y', { config: { cogate: { groups: ['a'] } } }, async () => 'ok')
  const answer = await app.inject({ url: '/x', headers: bearer() })
  t.equal(answer.statusCode, 500)
  t.match(answer.json(), { code: 'internal_error' })
  t.equal((await app.inject({ url: '/y', headers: bearer() })).statusCode, 403)
})
