/**
 * oidc-provider as a process that stands where Cognito stands: `node run-oidc-provider.ts PACKAGE_FOLDER`, with the paths and
 * the claims of Cognito. Tells its parent where it listens and what it grants; the parent moves its clock.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { interopClient, type ProviderNews } from './oidc-provider.ts'

interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  on(event: string, listener: (...values: readonly unknown[]) => void): void
}

interface Package {
  readonly Provider: new (issuer: string, configuration: object) => Provider
}

const [folder = '', publicOrigin = ''] = process.argv.slice(2)

/** A clock that the test moves: all times of the package come from here. */
let offsetMs = 0
const realNow = Date.now
Date.now = () => realNow() + offsetMs
process.on('message', ({ advanceMs }: { readonly advanceMs: number }) => {
  offsetMs += advanceMs
  tell({ clockMs: Date.now() })
})
process.on('disconnect', () => process.exit())

function tell(news: ProviderNews): void {
  process.send?.(news)
}

const client = {
  client_id: interopClient,
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [`${publicOrigin}/_cogate/callback`],
  post_logout_redirect_uris: [`${publicOrigin}/_cogate/logged-out`],
}

/** An access token for an API is a JWT, as Cognito's is; its `aud` is the API. */
const resource = {
  scope: 'openid email',
  audience: 'urn:interop:api',
  accessTokenFormat: 'jwt',
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'RS256' } },
}

const configuration = {
  clients: [client],
  cookies: { keys: ['a key for tests'] },
  routes: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    revocation: '/oauth2/revoke',
    userinfo: '/oauth2/userInfo',
    end_session: '/logout',
    jwks: '/.well-known/jwks.json',
  },
  features: {
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource.audience,
      getResourceServerInfo: () => resource,
      useGrantedResource: () => true,
    },
  },
  claims: { openid: ['sub', 'token_use', 'cognito:username'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: { RefreshToken: 30 * 86_400, Session: 86_400, Grant: 30 * 86_400, Interaction: 3600, IdToken: 3600 },
  findAccount: (_context: unknown, id: string) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      token_use: 'id',
      'cognito:username': id,
      email: `${id}@example.com`,
      email_verified: true,
    }),
  }),
  extraTokenClaims: (_context: unknown, token: { readonly accountId: string }) => ({
    token_use: 'access',
    username: token.accountId,
    'cognito:groups': ['admin'],
  }),
}

const { Provider } = (await import(new URL('oidc-provider/lib/index.js', pathToFileURL(`${folder}/`)).href)) as Package
const server = createServer()
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const provider = new Provider(url, configuration)
for (const event of ['grant.success', 'grant.error', 'grant.revoked', 'end_session.success']) {
  provider.on(event, (context) => {
    const { oidc } = context as { readonly oidc?: { readonly params?: { readonly grant_type?: string } } }
    tell({ event: [event, oidc?.params?.grant_type].filter(Boolean).join(' ') })
  })
}
server.on('request', provider.callback())
tell({ url })
