/**
 * The endpoints of the look-alike: one table, and a function for each. Every answer is JSON, but for the bare token for
 * shell lines. A handler returns its answer and must not touch the response; a bad request is answered, never thrown.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Jwks } from './keys.ts'
import { type MintContext, mintAccessToken, mintIdToken, mintM2mToken, tamper } from './tokens.ts'

interface EndpointContext {
  readonly context: MintContext
  readonly poolId: string
  /** The origin the endpoints are reached at. */
  readonly url: string
}

interface Answer {
  readonly status: number
  /** Text goes out as it is, anything else as JSON. */
  readonly body: string | Readonly<Record<string, unknown>> | Jwks
  readonly headers?: Readonly<Record<string, string>>
}

interface Exchange extends EndpointContext {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
}

type Handler = (exchange: Exchange) => Answer | Promise<Answer>

interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly handle: Handler
}

const MAX_BODY_BYTES = 64 * 1024
const MAX_EXPIRES_IN_SECONDS = 10 * 365 * 86_400
const ACCESS_TOKEN_LIFETIME_SECONDS = 3600

export function createRequestListener(endpointContext: EndpointContext): RequestListener {
  const { poolId } = endpointContext
  const endpoints = new Map<string, Endpoint>([
    [`/${poolId}/.well-known/jwks.json`, { method: 'GET', handle: serveJwks }],
    [`/${poolId}/.well-known/openid-configuration`, { method: 'GET', handle: serveDiscovery }],
    ['/oauth2/token', { method: 'POST', handle: exchangeClientCredentials }],
    ['/token', { method: 'GET', handle: mintForDevelopment }],
    ['/token.txt', { method: 'GET', handle: mintAsText }],
    ['/rotate', { method: 'POST', handle: rotateKeys }],
  ])
  return (request, response) => {
    // Not `new URL`: it throws on what a socket may send, such as `//`.
    const [path = '', ...query] = (request.url ?? '').split('?')
    const exchange = { ...endpointContext, request, query: new URLSearchParams(query.join('?')) }
    answerWith(endpoints.get(path), exchange).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  }
}

async function answerWith(endpoint: Endpoint | undefined, exchange: Exchange): Promise<Answer> {
  if (endpoint === undefined) return { status: 404, body: { error: 'not_found' } }
  const { method, handle } = endpoint
  if (exchange.request.method === method) return handle(exchange)
  return { status: 405, body: { error: 'method_not_allowed' }, headers: { allow: method } }
}

function serveJwks({ context }: Exchange): Answer {
  return { status: 200, body: context.keys.jwks() }
}

/** Lists only what exists here. */
function serveDiscovery({ context, url }: Exchange): Answer {
  const body = {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: context.issuer,
    jwks_uri: `${context.issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${url}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  }
  return { status: 200, body }
}

/** RFC 6749 section 4.4. The client id must be known. Any secret is accepted, because there is nothing to protect. */
async function exchangeClientCredentials({ context, request }: Exchange): Promise<Answer> {
  const form = await readForm(request)
  if (form === 'too_large') return refuse('invalid_request', 413)
  if (form === 'not_a_form') return refuse('invalid_request')
  const grantType = form.get('grant_type')
  if (grantType === null) return refuse('invalid_request')
  if (grantType !== 'client_credentials') return refuse('unsupported_grant_type')
  const clientId = readBasicClientId(request.headers.authorization) ?? form.get('client_id')
  if (clientId === null) return refuse('invalid_request')
  if (clientId !== context.clientId) return refuse('invalid_client')
  const expiresInSeconds = ACCESS_TOKEN_LIFETIME_SECONDS
  const accessToken = mintM2mToken(context, { scope: form.get('scope') ?? undefined, expiresInSeconds })
  return { status: 200, body: { access_token: accessToken, expires_in: expiresInSeconds, token_type: 'Bearer' } }
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

function mintByQuery({ context, query }: Exchange): Answer | string {
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

/** Cognito answers 400 for every OAuth error, invalid_client included, and gives no description. */
function refuse(error: string, status = 400, description?: string): Answer {
  return { status, body: { error, error_description: description } }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | 'too_large' | 'not_a_form'> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // Not destroyed on return: the answer to an oversized body goes out on the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk
    sizeBytes += bytes.length
    if (sizeBytes > MAX_BODY_BYTES) return 'too_large'
    chunks.push(bytes)
  }
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return 'not_a_form'
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

function readBasicClientId(authorization = ''): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const [clientId] = Buffer.from(encoded, 'base64').toString().split(':', 1)
  return clientId
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (typeof body === 'string') response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(body)
  else response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}
