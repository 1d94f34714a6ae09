/** `POST /oauth2/token`: one function a grant, and the faults that a test asked for. */
import { createHash } from 'node:crypto'
import { type Answer, type Exchange, readForm, refuse } from '../exchange.ts'
import { workUnder } from '../faults.ts'
import { mintM2mToken } from '../tokens.ts'
import { authenticateClient } from './authenticate-client.ts'
import { type AppClient, allowsGrant, type Grant } from './clients.ts'
import { issueTokens } from './issue.ts'
import type { PendingCode } from './sign-ins.ts'

interface TokenRequest {
  readonly exchange: Exchange
  readonly form: URLSearchParams
  readonly client: AppClient
}

const grants: Readonly<Record<Grant, (request: TokenRequest) => Answer>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: exchangeClientCredentials,
}

const M2M_TOKEN_SECONDS = 3600

export async function exchangeToken(exchange: Exchange): Promise<Answer> {
  const form = await readForm(exchange.request)
  if (!(form instanceof URLSearchParams)) return form
  const { desk } = exchange.pool
  const fault = desk.take({ at: 'token', grant: form.get('grant_type') ?? '' })
  return workUnder(desk, fault, () => grantTokens(exchange, form))
}

function grantTokens(exchange: Exchange, form: URLSearchParams): Answer {
  const grant = form.get('grant_type')
  if (grant === null) return refuse('invalid_request')
  if (!isGrant(grant)) return refuse('unsupported_grant_type')
  const client = authenticateClient(exchange, form)
  if ('status' in client) return client
  return allowsGrant(client, grant) ? grants[grant]({ exchange, form, client }) : refuse('unauthorized_client')
}

function isGrant(text: string): text is Grant {
  return Object.hasOwn(grants, text)
}

/** RFC 6749 section 4.1.3. A code is spent by the first client that shows it, right or wrong in the rest. */
function redeemCode({ exchange, form, client }: TokenRequest): Answer {
  const { pool } = exchange
  const [code, redirectUri] = [form.get('code'), form.get('redirect_uri')]
  if (code === null || redirectUri === null) return refuse('invalid_request')
  const pending = pool.codes.find(code)
  pool.codes.remove(code)
  if (pending === undefined || pending.request.client.clientId !== client.clientId) return refuse('invalid_grant')
  const { request, signIn } = pending
  if (request.redirectUri !== redirectUri) return refuse('unauthorized_client', 400, 'invalid_redirect')
  if (!provesChallenge(pending, form.get('code_verifier'))) return refuse('invalid_grant')
  if (request.resource !== undefined && !pool.resourceServers?.includes(request.resource))
    return refuse('invalid_grant')
  const user = pool.findUser(signIn.username)
  if (user === undefined || user.disabled === true) return refuse('invalid_grant')
  const { family, token } = pool.refreshTokens.begin(client, { ...request, signIn })
  const issue = { client, user, family, nonce: request.nonce, refreshToken: token, isRefresh: false }
  return answerTokens(issueTokens(exchange, issue))
}

/** A verifier without a challenge is refused too (RFC 9700 section 2.1.1): somebody took the challenge away. */
function provesChallenge({ request }: PendingCode, verifier: string | null): boolean {
  if (request.codeChallenge === undefined || verifier === null) return (request.codeChallenge ?? null) === verifier
  return createHash('sha256').update(verifier).digest('base64url') === request.codeChallenge
}

function refresh({ exchange, form, client }: TokenRequest): Answer {
  const token = form.get('refresh_token')
  if (token === null) return refuse('invalid_request')
  const redeemed = exchange.pool.refreshTokens.redeem(token, client)
  const user = redeemed && exchange.pool.findUser(redeemed.family.signIn.username)
  if (redeemed === undefined || user === undefined || user.disabled === true) return refuse('invalid_grant')
  const { family, next } = redeemed
  return answerTokens(issueTokens(exchange, { client, user, family, refreshToken: next, isRefresh: true }))
}

/** RFC 6749 section 4.4. Any scope is granted, because there is nothing to protect. */
function exchangeClientCredentials({ exchange, form, client }: TokenRequest): Answer {
  const { clientId, tokenSeconds: expiresInSeconds = M2M_TOKEN_SECONDS } = client
  const scope = form.get('scope') ?? undefined
  const accessToken = mintM2mToken(exchange.context, { clientId, scope, expiresInSeconds })
  return answerTokens({ access_token: accessToken, expires_in: expiresInSeconds, token_type: 'Bearer' })
}

function answerTokens(body: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, body, headers: { 'cache-control': 'no-store' } }
}
