/**
 * Tokens in the session cookie of the gate: no page ever sees one. What begins here is the session of `login/`, so the rules of
 * the gate apply to it at once.
 */
import type { LoginRequest } from '../../login/answer.ts'
import { cookieLines, problem } from '../../login/answer.ts'
import { beginSession, verifyTokens } from '../../login/begin-session.ts'
import type { LoginEvents } from '../../login/events.ts'
import type { SessionGround } from '../../login/login.ts'
import type { Tokens } from '../../login/oauth/cognito.ts'
import type { CognitoApi } from '../../login/oauth/cognito-api.ts'
import { clearSession } from '../../login/session/cookies.ts'
import type { SessionRecord } from '../../login/session/record.ts'
import { bindBrowser } from '../../login/sign-in.ts'
import { bindingHash } from '../../login/state.ts'
import type { Reason } from '../../reasons.ts'
import { reasons } from '../../reasons.ts'
import { StoreAway } from '../../redis/store-away.ts'
import type { Keeper, SignedIn, SignOutWish } from '../call.ts'
import { empty, isSignedIn, json, refuse } from '../call.ts'
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
    const cookies = claims && (await beginSession(ground, request, { tokens, claims }))
    if (cookies === undefined) {
      const cause = claims === undefined ? 'the tokens do not verify' : 'the tokens are larger than cookies can be'
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

async function open(
  { ground }: CookieKeeperParts,
  request: LoginRequest,
): Promise<SignedIn | ReturnType<typeof refuse>> {
  const verdict = await ground.sessions.open(request.head, request.now)
  if (verdict.kind === 'none') return refuse('login_required')
  if (verdict.kind === 'refused') return refuseWith(verdict.reason, verdict.cookies)
  const { caller, idToken, cookies = [] } = verdict
  return signedIn(caller, { idToken, cookies })
}

function refuseWith(reason: Reason, cookies: readonly string[] = []) {
  return problem(reason, reasons[reason].status, cookieLines(cookies))
}

/** Never fails for the person who wants it. */
async function signOut({ ground, api, events }: CookieKeeperParts, request: LoginRequest, { everywhere }: SignOutWish) {
  const { cookie } = request.head.fields
  const record = await ground.sessions.end(cookie, request.now)
  if (record) {
    events.onSignOut(request.requestId)
    await endAtCognito(api, record, everywhere)
  }
  return empty(204, clearSession(ground.cookies, cookie))
}

async function endAtCognito(api: CognitoApi, { accessToken, refreshToken }: SessionRecord, everywhere: boolean) {
  const { clientId: ClientId, clientSecret: ClientSecret } = api
  try {
    if (everywhere) await api.call('GlobalSignOut', { AccessToken: accessToken })
    if (refreshToken !== undefined) await api.call('RevokeToken', { ClientId, ClientSecret, Token: refreshToken })
  } catch {
    // It is counted where Cognito is called; the session has ended all the same.
  }
}
