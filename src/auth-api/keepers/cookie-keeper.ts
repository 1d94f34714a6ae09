/**
 * Tokens in the session cookie of the gate: no page ever sees one. What begins here is the session of `login/`, so the rules of
 * the gate apply to it at once.
 */
import type { LoginRequest } from '../../login/answer.ts'
import { cookieLines, problem } from '../../login/answer.ts'
import { beginSession, tooLarge, verifyTokens } from '../../login/begin-session.ts'
import type { LoginEvents } from '../../login/events.ts'
import type { SessionGround } from '../../login/login.ts'
import type { Tokens } from '../../login/oauth/cognito.ts'
import type { CognitoApi } from '../../login/oauth/cognito-api.ts'
import { tokensOf } from '../../login/oauth/cognito-api.ts'
import { payloadOf } from '../../login/oauth/verify-tokens.ts'
import { clearSession } from '../../login/session/cookies.ts'
import type { SessionRecord } from '../../login/session/record.ts'
import { bindBrowser } from '../../login/sign-in.ts'
import { bindingHash } from '../../login/state.ts'
import type { Reason } from '../../reasons.ts'
import { reasons } from '../../reasons.ts'
import { StoreAway } from '../../redis/store-away.ts'
import type { Keeper, SignedIn, SignOutWish } from '../call.ts'
import { empty, isSignedIn, json, refuse } from '../call.ts'
import { outcomeOf } from '../errors.ts'
import { factsOf, signedIn } from './signed-in.ts'

export interface CookieKeeperParts {
  readonly ground: SessionGround
  readonly api: CognitoApi
  readonly events: Pick<LoginEvents, 'onSignIn' | 'onSignOut'>
}

export function keepInCookie(parts: CookieKeeperParts): Keeper {
  return {
    bind: (request) => bind(parts, request),
    keep: (request, tokens) => begin(parts, request, tokens),
    open: (request) => open(parts, request),
    // A session renews itself when it is looked at.
    async refresh(request) {
      const found = await open(parts, request)
      return isSignedIn(found) ? json(200, { status: 'signed-in', ...found.facts }, found.cookies) : found
    },
    signOut: (request, wish) => signOut(parts, request, wish),
  }
}

function bind({ ground: { cookies } }: CookieKeeperParts, request: LoginRequest) {
  const bound = bindBrowser(request, cookies)
  return { ...bound, binding: bindingHash(bound.binding) }
}

async function begin({ ground, events }: CookieKeeperParts, request: LoginRequest, tokens: Tokens) {
  const { requestId, now } = request
  try {
    const claims = await verifyTokens(ground, tokens, now)
    const isGood = typeof claims !== 'string'
    const cookies = isGood ? await beginSession(ground, request, { tokens, claims }) : undefined
    if (cookies === undefined) {
      const cause = isGood ? tooLarge : claims
      events.onSignIn({ result: 'failed', requestId, cause })
      return refuse('login_failed')
    }
    events.onSignIn({ result: 'ok', requestId })
    return json(200, { status: 'signed-in', ...factsOf(tokens.accessToken) }, cookies)
  } catch (error) {
    if (!(error instanceof StoreAway)) throw error
    return refuse('session_unavailable')
  }
}

/** The origin has been judged, by `authApi.allowedOrigins`: those of sessions are for the service. */
async function open(
  { ground }: CookieKeeperParts,
  request: LoginRequest,
): Promise<SignedIn | ReturnType<typeof refuse>> {
  const verdict = await ground.sessions.open({ ...request.head, method: 'GET' }, request.now)
  if (verdict.kind === 'none') return refuse('login_required')
  if (verdict.kind === 'refused') return refuseWith(verdict.reason, verdict.cookies)
  const { caller, idToken, cookies = [] } = verdict
  return signedIn(caller, { idToken, cookies })
}

function refuseWith(reason: Reason, cookies: readonly string[] = []) {
  return problem(reason, reasons[reason].status, cookieLines(cookies))
}

/** The session here ends in any case. A refusal says that Cognito has not ended the others. */
async function signOut({ ground, api, events }: CookieKeeperParts, request: LoginRequest, { everywhere }: SignOutWish) {
  const { cookie } = request.head.fields
  const { sessions } = ground
  const isAway = everywhere && (await isStoreAway(sessions.peek(cookie, request.now)))
  const record = await sessions.end(cookie, request.now)
  const cookies = clearSession(ground.cookies, cookie)
  if (record === undefined) return isAway ? refuseWith('session_unavailable', cookies) : empty(204, cookies)
  events.onSignOut(request.requestId)
  const fault = everywhere ? await endEverywhere(api, record, request.now) : await revoke(api, record.refreshToken)
  return fault === undefined ? empty(204, cookies) : refuseWith(fault, cookies)
}

/** Then nobody knows whose sessions to end. */
function isStoreAway(look: Promise<unknown>): Promise<boolean> {
  return look.then(
    () => false,
    (error: unknown) => {
      if (!(error instanceof StoreAway)) throw error
      return true
    },
  )
}

/** Cognito wants a token that is still good. Why it was not done. */
async function endEverywhere(api: CognitoApi, record: SessionRecord, now: number): Promise<Reason | undefined> {
  const isOver = payloadOf(record.accessToken).exp * 1000 <= now
  if (isOver && record.refreshToken === undefined) return 'session_expired'
  let tokens: Pick<Tokens, 'accessToken' | 'refreshToken'> = record
  try {
    if (isOver) tokens = { ...tokens, ...(await renew(api, record)) }
    await api.call('GlobalSignOut', { AccessToken: tokens.accessToken })
    return undefined
  } catch (error) {
    const outcome = outcomeOf(error, 'account', false)
    return outcome === 'accepted' ? 'session_expired' : outcome
  } finally {
    await revoke(api, tokens.refreshToken)
  }
}

/** Throws ApiError. */
async function renew({ call, ...api }: CognitoApi, { refreshToken }: SessionRecord): Promise<Partial<Tokens>> {
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  const output = await call('GetTokensFromRefreshToken', { ClientId, ClientSecret, RefreshToken: refreshToken })
  const { accessToken, refreshToken: next } = tokensOf(output) ?? {}
  return { ...(accessToken && { accessToken }), ...(next && { refreshToken: next }) }
}

async function revoke(api: CognitoApi, refreshToken: string | undefined): Promise<undefined> {
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  try {
    if (refreshToken !== undefined) await api.call('RevokeToken', { ClientId, ClientSecret, Token: refreshToken })
  } catch {
    // It is counted where Cognito is called; the session has ended all the same.
  }
}
