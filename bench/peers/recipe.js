/**
 * The obvious gate: Fastify, its proxy plugin, Amazon's verifier, an LRU cache from token to claims. Written as a team
 * would, not tuned.
 */
import proxy from '@fastify/http-proxy'
import { JwtVerifier } from 'aws-jwt-verify'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { fastify } from 'fastify'
import { LRUCache } from 'lru-cache'

const { PORT, UPSTREAM, ISSUER, JWKS_URI, CLIENT_ID } = process.env
const cacheEntries = Number(process.env.CACHE_ENTRIES)

// The verifier's own fetcher speaks https only; the issuer of the bench is on loopback.
const jwksCache = new SimpleJwksCache({
  fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() },
})
const verifier = JwtVerifier.create(
  {
    issuer: ISSUER,
    jwksUri: JWKS_URI,
    audience: null,
    customJwtCheck: ({ payload }) => {
      if (payload.token_use !== 'access') throw new Error('token use not allowed')
      if (payload.client_id !== CLIENT_ID) throw new Error('client not allowed')
    },
  },
  { jwksCache },
)
await verifier.hydrate()

const cache = cacheEntries > 0 ? new LRUCache({ max: cacheEntries }) : undefined

async function verify(token) {
  const known = cache?.get(token)
  if (known !== undefined && known.exp * 1000 > Date.now()) return known
  const claims = await verifier.verify(token)
  cache?.set(token, claims)
  return claims
}

async function authenticate(request, reply) {
  if (request.url === '/public') return
  const { authorization = '' } = request.headers
  if (!authorization.startsWith('Bearer ')) return reply.code(401).send({ error: 'a bearer token is required' })
  try {
    request.claims = await verify(authorization.slice('Bearer '.length))
  } catch {
    return reply.code(401).send({ error: 'the token is not valid' })
  }
}

const app = fastify({ forceCloseConnections: true })
app.decorateRequest('claims', null)
app.register(proxy, {
  upstream: UPSTREAM,
  preHandler: authenticate,
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => {
      const { claims } = request
      if (claims === null) return headers
      return {
        ...headers,
        'x-forwarded-user': claims.username,
        'x-forwarded-groups': (claims['cognito:groups'] ?? []).join(','),
        'x-cognito-sub': claims.sub,
        'x-cognito-client-id': claims.client_id,
        'x-cognito-scope': claims.scope,
      }
    },
  },
})
await app.listen({ host: '127.0.0.1', port: Number(PORT), backlog: 4096 })
