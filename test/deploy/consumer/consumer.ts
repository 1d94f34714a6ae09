// What a team writes. Compiled by test/deploy/package.test.ts against the types of the package.
import type { Caller, Claims, CogateOptions, RouteDemand } from 'cogate'
import cogate from 'cogate'
import Fastify from 'fastify'

const options: CogateOptions = {
  userPools: [{ id: 'ap-northeast-1_AbCdEfGhI', clientIds: ['7h57kf5cf8b6sl9rexample'], tokenUse: ['access'] }],
  routes: [{ path: '/admin/*', groups: ['admin'], methods: ['GET'] }],
  rateLimit: { perSubject: '50/s' },
}
const admins: RouteDemand = { groups: ['admin'], maxAuthAge: '5m' }

const app = Fastify()
await app.register(cogate, options)
app.get('/orders', { config: { cogate: { groups: ['admin'] } } }, async (request) => request.cogate.claims.sub)
app.get('/plain', async (request): Promise<Claims> => request.cogate.claims)
app.get('/admins', { config: { cogate: admins } }, async (request) => request.cogate.groups.join())
app.get('/open', { config: { cogate: { auth: 'none' } } }, async (request) => request.cogate.claims?.sub ?? 'nobody')
app.get('/maybe', { config: { cogate: { auth: 'optional' } } }, async (request): Promise<string | null> => {
  const caller: Caller = request.cogate
  return caller.subject
})
const text: string = await app.cogate.metrics()
const { ready }: { readonly ready: boolean } = app.cogate.readiness()

export { ready, text }

// @ts-expect-error a key of the gate alone
await app.register(cogate, { userPools: [], upstream: 'http://127.0.0.1' })
// @ts-expect-error without user pools
await app.register(cogate, {})
// @ts-expect-error a demand without a value
app.get('/a', { config: { cogate: { groups: undefined } } }, async () => '')
// @ts-expect-error a plugin has no sign-in
app.get('/b', { config: { cogate: { auth: 'login' } } }, async () => '')
// @ts-expect-error claims may be null where anonymous callers are let in
app.get('/c', { config: { cogate: { auth: 'optional' } } }, async (request) => request.cogate.claims.sub)
