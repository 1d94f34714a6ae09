/**
 * The OAuth side of Cognito: where browsers are sent, and the calls to the token and revocation endpoints. The only file that
 * uses oauth4webapi. Tokens that come from here are not verified yet.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  None,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  processRevocationResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import type { Egress } from '../../outgoing.ts'
import { ProxyError } from '../../outgoing.ts'
import type { TokenRequest } from './fetch-answer.ts'
import { fetchAnswer } from './fetch-answer.ts'

export interface CognitoOptions {
  /** The origin of the domain. Plain http is for loopback only, which the configuration has checked. */
  readonly domain: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly redirectUri: string
  /** Where Cognito sends the browser after a sign-out. */
  readonly signedOutUri: string
  /** Every issuer that an ID token of the pool may name. */
  readonly issuers: readonly string[]
  readonly timeoutMs: number
  readonly egress?: Egress
  readonly toleranceMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onCall: (operation: Operation, result: CallResult) => void
}

export type Operation = 'code' | 'refresh' | 'revoke'
export type CallResult = 'ok' | 'refused' | 'error'

export interface Tokens {
  readonly accessToken: string
  readonly idToken: string | undefined
  readonly refreshToken: string | undefined
}

/** Why a call failed. The message never holds a token, a code or a secret. */
export class CognitoError extends Error {
  override readonly name = 'CognitoError'
  /**
   * `refused`: the code or the refresh token is no longer good. `misconfigured`: the app client is wrong; people should not
   * be signed out for it. `unavailable`: try again.
   */
  readonly kind: 'refused' | 'misconfigured' | 'unavailable'
  /** The OAuth error code, or what the network said. */
  readonly code: string

  constructor(kind: CognitoError['kind'], code: string, options?: ErrorOptions) {
    super(`${kind}: ${code}`, options)
    this.kind = kind
    this.code = code
  }
}

/** RFC 7636 section 4.1 and OpenID Connect Core section 3.1.2.1. Neither can be found out from the other. */
export interface SignInSecrets {
  readonly verifier: string
  readonly nonce: string
}

export interface AuthorizeRequest {
  readonly state: string
  readonly secrets: SignInSecrets
  /** Further parameters, such as `scope` and `lang`. */
  readonly parameters: Readonly<Record<string, string>>
}

export interface Cognito {
  authorizeUrl(request: AuthorizeRequest): Promise<string>
  /** `callback` is the query of the redirect, whose `state` has been opened. Throws CognitoError. */
  redeem(callback: URLSearchParams, state: string, secrets: SignInSecrets): Promise<Tokens>
  /** Throws CognitoError. */
  refresh(refreshToken: string): Promise<Tokens>
  /** Throws CognitoError. */
  revoke(refreshToken: string): Promise<void>
  readonly signOutUrl: string
}

export function connectCognito(options: CognitoOptions): Cognito {
  const session: CallContext = { options, client: describeClient(options), auth: authOf(options) }
  return {
    authorizeUrl: (request) => authorizeUrl(options, request),
    redeem: (callback, state, secrets) => call(session, 'code', () => redeem(session, { callback, state, secrets })),
    refresh: (token) => call(session, 'refresh', () => refresh(session, token)),
    revoke: (token) => call(session, 'revoke', () => revoke(session, token)),
    signOutUrl: withQuery(`${options.domain}/logout`, {
      client_id: options.clientId,
      logout_uri: options.signedOutUri,
    }),
  }
}

interface CallContext {
  readonly options: CognitoOptions
  readonly client: Client
  readonly auth: ClientAuth
}

/** The library compares times with its own clock: the skew makes that clock ours. */
function describeClient({ clientId, now, toleranceMs }: CognitoOptions): Client {
  const skew = Math.round((now() - Date.now()) / 1000)
  return { client_id: clientId, [clockSkew]: skew, [clockTolerance]: Math.max(30, Math.ceil(toleranceMs / 1000)) }
}

/** In the body: whether Basic decodes the `+` of a secret is not documented. */
function authOf({ clientSecret }: CognitoOptions): ClientAuth {
  return clientSecret === undefined ? None() : ClientSecretPost(clientSecret)
}

/** Cognito developer guide, "Authorize endpoint". PKCE is S256 (RFC 7636). */
async function authorizeUrl(
  { domain, clientId, redirectUri }: CognitoOptions,
  { state, secrets, parameters }: AuthorizeRequest,
): Promise<string> {
  return withQuery(`${domain}/oauth2/authorize`, {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...parameters,
    state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  })
}

function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  return `${url}?${new URLSearchParams(query)}`
}

interface Redemption {
  readonly callback: URLSearchParams
  readonly state: string
  readonly secrets: SignInSecrets
}

async function redeem(context: CallContext, { callback, state, secrets }: Redemption): Promise<Tokens> {
  const { options, client, auth } = context
  const server = serverOf(options, issuerNamed(options, callback.get('iss')))
  const checked = validateAuthResponse(server, client, callback, state)
  const { redirectUri } = options
  const http = httpOptions(options)
  const response = await authorizationCodeGrantRequest(
    server,
    client,
    auth,
    checked,
    redirectUri,
    secrets.verifier,
    http,
  )
  const expected = { expectedNonce: secrets.nonce, requireIdToken: true }
  return readTokens(
    await processAuthorizationCodeResponse(await serverFor(options, response), client, response, expected),
  )
}

async function refresh(context: CallContext, refreshToken: string): Promise<Tokens> {
  const { options, client, auth } = context
  const http = httpOptions(options)
  const response = await refreshTokenGrantRequest(serverOf(options), client, auth, refreshToken, http)
  return readTokens(await processRefreshTokenResponse(await serverFor(options, response), client, response))
}

async function revoke({ options, client, auth }: CallContext, refreshToken: string): Promise<void> {
  const response = await revocationRequest(serverOf(options), client, auth, refreshToken, httpOptions(options))
  await processRevocationResponse(response)
}

function readTokens(answer: TokenEndpointResponse): Tokens {
  return { accessToken: answer.access_token, idToken: answer.id_token, refreshToken: answer.refresh_token }
}

function serverOf({ domain, issuers }: CognitoOptions, issuer = issuers[0] ?? domain) {
  return {
    issuer,
    authorization_endpoint: `${domain}/oauth2/authorize`,
    token_endpoint: `${domain}/oauth2/token`,
    revocation_endpoint: `${domain}/oauth2/revoke`,
  }
}

/**
 * A pool has two issuer forms, and an answer may name either; the library knows one. It is told the one that the ID token, or the
 * `iss` of a callback (RFC 9207), names, if that is a form of this pool.
 */
async function serverFor(options: CognitoOptions, response: Response) {
  return serverOf(options, issuerNamed(options, await namedIssuer(response)))
}

function issuerNamed({ issuers }: CognitoOptions, name: unknown): string | undefined {
  return issuers.find((known) => known === name)
}

async function namedIssuer(response: Response): Promise<unknown> {
  try {
    const { id_token: token = '' } = (await response.clone().json()) as { readonly id_token?: string }
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss
  } catch {
    return undefined
  }
}

function httpOptions({ domain, timeoutMs, egress }: CognitoOptions) {
  return {
    signal: () => AbortSignal.timeout(timeoutMs),
    [allowInsecureRequests]: domain.startsWith('http:'),
    [customFetch]: (url: string, init: TokenRequest) => fetchAnswer(url, init, egress),
  }
}

async function call<T>({ options }: CallContext, operation: Operation, run: () => Promise<T>): Promise<T> {
  try {
    const result = await run()
    options.onCall(operation, 'ok')
    return result
  } catch (error) {
    const known = describeFailure(error)
    options.onCall(operation, known.kind === 'refused' ? 'refused' : 'error')
    throw known
  }
}

/** The app client is wrong, or may not do this (RFC 6749 section 5.2). */
const clientErrors: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type'])

function describeFailure(error: unknown): CognitoError {
  if (error instanceof ResponseBodyError && error.status < 500 && error.status !== 429) {
    const kind =
      error.error === 'invalid_grant' ? 'refused' : clientErrors.has(error.error) ? 'misconfigured' : 'unavailable'
    return new CognitoError(kind, error.error, { cause: error })
  }
  const { name = 'Error', code } = error as Partial<NodeJS.ErrnoException>
  const status = error instanceof ResponseBodyError ? `HTTP ${error.status}` : statusOf(error as Error)
  const way = error instanceof ProxyError ? error.message : undefined
  return new CognitoError('unavailable', status ?? way ?? code ?? name, { cause: error })
}

/** The library keeps an answer that it cannot read as the cause. */
function statusOf({ cause }: Error): string | undefined {
  return cause instanceof Response ? `HTTP ${cause.status}` : undefined
}
