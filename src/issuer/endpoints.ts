/**
 * The endpoints of the look-alike: one table, and here the functions of those that give keys and tokens to anyone. What
 * people and applications sign in with is in `login/`.
 */
import type { RequestListener } from 'node:http'
import { serveApi } from './api/serve.ts'
import { type Answer, type EndpointContext, type Exchange, type Handler, refuse, send } from './exchange.ts'
import { authorize, showSignIn, signIn } from './login/authorize.ts'
import { signOut } from './login/logout.ts'
import { revokeToken } from './login/revoke.ts'
import { exchangeToken } from './login/token-endpoint.ts'
import { serveUserInfo } from './login/user-info.ts'
import { mintAccessToken, mintIdToken, mintM2mToken, tamper } from './tokens.ts'

/** A handler for each method. */
type Endpoint = Readonly<Record<string, Handler>>

const MAX_EXPIRES_IN_SECONDS = 10 * 365 * 86_400
const ACCESS_TOKEN_LIFETIME_SECONDS = 3600

export function createRequestListener(endpointContext: EndpointContext): RequestListener {
  const { poolId } = endpointContext
  const endpoints = new Map<string, Endpoint>([
    [`/${poolId}/.well-known/jwks.json`, { GET: serveJwks }],
    [`/${poolId}/.well-known/openid-configuration`, { GET: serveDiscovery }],
    ['/', { GET: notFound, POST: serveApi }],
    ['/oauth2/authorize', { GET: authorize }],
    ['/login', { GET: showSignIn, POST: signIn }],
    ['/logout', { GET: signOut }],
    ['/oauth2/token', { POST: exchangeToken }],
    ['/oauth2/revoke', { POST: revokeToken }],
    ['/oauth2/userInfo', { GET: serveUserInfo }],
    ['/token', { GET: mintForDevelopment }],
    ['/token.txt', { GET: mintAsText }],
    ['/rotate', { POST: rotateKeys }],
  ])
  return (request, response) => {
    // Not `new URL`: it throws on what a socket may send, such as `//`.
    const [path = '', ...query] = (request.url ?? '').split('?')
    const queryText = query.join('?')
    const exchange = { ...endpointContext, request, queryText, query: new URLSearchParams(queryText) }
    answerWith(endpoints.get(path), exchange).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  }
}

async function answerWith(endpoint: Endpoint | undefined, exchange: Exchange): Promise<Answer> {
  if (endpoint === undefined) return notFound()
  const { method = '' } = exchange.request
  const handle = Object.hasOwn(endpoint, method) ? endpoint[method] : undefined
  if (handle !== undefined) return handle(exchange)
  return { status: 405, body: { error: 'method_not_allowed' }, headers: { allow: Object.keys(endpoint).join(', ') } }
}

function notFound(): Answer {
  return { status: 404, body: { error: 'not_found' } }
}

function serveJwks({ context }: Exchange): Answer {
  return { status: 200, body: context.keys.jwks() }
}

/** Lists only what exists here. */
function serveDiscovery({ context, poolId, url }: Exchange): Answer {
  const body = {
    authorization_endpoint: `${url}/oauth2/authorize`,
    end_session_endpoint: `${url}/logout`,
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: context.issuer,
    jwks_uri: `${url}/${poolId}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    revocation_endpoint: `${url}/oauth2/revoke`,
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${url}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    userinfo_endpoint: `${url}/oauth2/userInfo`,
  }
  return { status: 200, body }
}

function mintForDevelopment(exchange: Exchange): Answer {
  const minted = mintByQuery(exchange)
  return typeof minted === 'string' ? { status: 200, body: { token: minted } } : minted
}

/** For `$(curl …)`; `tampered` alters the payload and keeps the signature. */
function mintAsText(exchange: Exchange): Answer {
  const minted = mintByQuery(exchange)
  if (typeof minted !== 'string') return minted
  return { status: 200, body: exchange.query.has('tampered') ? tamper(minted) : minted }
}

const mintParameters = ['username', 'groups', 'scope', 'use', 'client_id', 'expires_in', 'tampered']

function mintByQuery({ context, query }: Exchange): Answer | string {
  const unknown = [...query.keys()].find((name) => !mintParameters.includes(name))
  if (unknown !== undefined) {
    return refuse('invalid_request', 400, `${unknown} is not known; there are ${mintParameters.join(', ')}`)
  }
  const expiresIn = query.get('expires_in') ?? String(ACCESS_TOKEN_LIFETIME_SECONDS)
  const expiresInSeconds = Number(expiresIn)
  if (!/^-?\d+$/.test(expiresIn) || Math.abs(expiresInSeconds) > MAX_EXPIRES_IN_SECONDS) {
    return refuse('invalid_request', 400, 'expires_in is a whole number of seconds, below zero for an expired token')
  }
  const options = {
    expiresInSeconds,
    username: query.get('username') ?? undefined,
    groups: (query.get('groups') ?? '').split(',').filter((group) => group !== ''),
    scope: query.get('scope') ?? undefined,
    clientId: query.get('client_id') ?? undefined,
  }
  const use = query.get('use') ?? 'access'
  if (use === 'access') return mintAccessToken(context, options)
  if (use === 'id') return mintIdToken(context, options)
  if (use === 'm2m') return mintM2mToken(context, options)
  return refuse('invalid_request', 400, 'use is access, id or m2m')
}

function rotateKeys({ context }: Exchange): Answer {
  context.keys.rotate()
  return { status: 200, body: { access: context.keys.current('access').kid, id: context.keys.current('id').kid } }
}
