/**
 * Tokens that the caller keeps: an app, or a page that sends them to other services too. It shows its access token as a bearer
 * token, which is verified like every other.
 */
import type { Runtime } from '../../decide/runtime.ts'
import type { LoginAnswer, LoginRequest } from '../../login/answer.ts'
import type { Tokens } from '../../login/oauth/cognito.ts'
import type { ApiInput, ApiOperation, CognitoApi } from '../../login/oauth/cognito-api.ts'
import { tokensOf } from '../../login/oauth/cognito-api.ts'
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import type { Reason } from '../../reasons.ts'
import { scopes } from '../../tokens/claims.ts'
import { extractCredential } from '../../tokens/extract.ts'
import { verifyToken } from '../../tokens/verify.ts'
import type { Keeper, SignedIn, SignOutWish } from '../call.ts'
import { empty, isSignedIn, json, refuse } from '../call.ts'
import { outcomeOf } from '../errors.ts'
import { readFacts, signedIn } from './signed-in.ts'

export interface TokenKeeperParts {
  readonly api: CognitoApi
  readonly runtime: Pick<Runtime, 'verifier' | 'limits'>
}

export function keepWithCaller(parts: TokenKeeperParts): Keeper {
  return {
    // An app has no cookies.
    bind: () => ({ binding: '', cookies: [] }),
    keep: async (_request, tokens) => show(tokens),
    open: (request) => open(parts, request),
    refresh: (_request, refreshToken) => refresh(parts, refreshToken),
    signOut: (request, wish) => signOut(parts, request, wish),
  }
}

function show(tokens: Tokens): LoginAnswer {
  const facts = readFacts(tokens.accessToken)
  return facts ? json(200, { status: 'signed-in', ...facts, tokens }) : refuse('pool_unavailable')
}

async function open({ runtime }: TokenKeeperParts, { head, now }: LoginRequest): Promise<SignedIn | LoginAnswer> {
  const credential = extractCredential(head.fields.authorization, runtime.limits.tokenBytes)
  if (credential.kind === 'none') return refuse('token_missing')
  if (credential.kind !== 'bearer') return refuse(`token_${credential.kind}`)
  const verification = await verifyToken(runtime.verifier, credential.token, now)
  if (verification.kind === 'rejected') return refuse(verification.reason)
  // Only a rule of the gate may want another use than the user pool, and these endpoints are none.
  return verification.asked?.isUsualUse === false ? refuse('token_use_not_allowed') : signedIn(verification)
}

async function refresh({ api }: TokenKeeperParts, refreshToken: string | undefined): Promise<LoginAnswer> {
  if (refreshToken === undefined) return refuse('request_invalid')
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  try {
    const output = await api.call('GetTokensFromRefreshToken', { ClientId, ClientSecret, RefreshToken: refreshToken })
    const tokens = tokensOf(output)
    return tokens === undefined ? refuse('pool_unavailable') : show(tokens)
  } catch (error) {
    const outcome = outcomeOf(error, 'account', false)
    return refuse(outcome === 'accepted' ? 'session_expired' : outcome)
  }
}

/** The refresh token is revoked in any case. A refusal says what Cognito has not ended. */
async function signOut(parts: TokenKeeperParts, request: LoginRequest, wish: SignOutWish): Promise<LoginAnswer> {
  const { api } = parts
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  const found = wish.everywhere ? await open(parts, request) : undefined
  if (found && !isSignedIn(found)) return found
  const others = found && (await endEverywhere(api, found.accessToken))
  const { refreshToken: Token } = wish
  const own = Token === undefined ? undefined : await end(api, 'RevokeToken', { ClientId, ClientSecret, Token })
  const fault = others ?? own
  return fault === undefined ? empty(204) : refuse(fault)
}

/** Cognito refuses a token without its scope as it refuses one of a session that is over. */
async function endEverywhere(api: CognitoApi, accessToken: string): Promise<Reason | undefined> {
  if (!scopes(payloadOf(accessToken)).includes('aws.cognito.signin.user.admin')) return 'session_expired'
  return end(api, 'GlobalSignOut', { AccessToken: accessToken })
}

/** Why it was not done. What is already over is no mistake. */
async function end(api: CognitoApi, operation: ApiOperation, input: ApiInput): Promise<Reason | undefined> {
  try {
    await api.call(operation, input)
    return undefined
  } catch (error) {
    const outcome = outcomeOf(error, 'sign-out', false)
    return outcome === 'session_expired' || outcome === 'accepted' ? undefined : outcome
  }
}
