// A gateway of your own: Fastify, cogate and @fastify/http-proxy. Two services, of which each gets the caller in X-Forwarded-User
// and the other identity headers. docs/library.md says what cogate does here; test/deploy runs this file.
import httpProxy from '@fastify/http-proxy'
import cogate from 'cogate'
import Fastify from 'fastify'

const { USER_POOL_ID, CLIENT_ID, ISSUER, ORDERS_URL, REPORTS_URL, PORT = '3000' } = process.env

const app = Fastify({ logger: true })

// Before the routes: it guards all of them.
await app.register(cogate, {
  // `issuer` is for the local stand-in only.
  userPools: [{ id: USER_POOL_ID, clientIds: [CLIENT_ID], ...(ISSUER && { issuer: ISSUER }) }],
  // Rules for paths, as in the configuration file. A demand of a route counts beside them.
  routes: [{ path: '/orders/internal/*', groups: ['staff'] }],
})

// Everybody with a good token.
await app.register(httpProxy, { upstream: ORDERS_URL, prefix: '/orders', rewritePrefix: '/orders' })

// Only the group admin. WebSockets too: @fastify/http-proxy writes their headers anew, so the identity is added here.
await app.register(httpProxy, {
  upstream: REPORTS_URL,
  prefix: '/reports',
  rewritePrefix: '/reports',
  config: { cogate: { groups: ['admin'] } },
  websocket: true,
  wsClientOptions: {
    rewriteRequestHeaders: (headers, request) => ({ ...headers, ...request.cogate.identityHeaders }),
  },
})

app.get('/me', async (request) => ({ user: request.cogate.claims.username, groups: request.cogate.groups }))
app.get('/healthz', { config: { cogate: { auth: 'none' } } }, async () => 'ok')

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
