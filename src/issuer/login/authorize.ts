/**
 * `GET /oauth2/authorize` and `/login`: from the request of an application to a code for it. A browser that has a
 * session here is not asked again, as at Cognito.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Answer, type Exchange, readCookie, readForm, redirectTo } from '../exchange.ts'
import { errorPage, signInPage } from './pages.ts'
import { readAuthorizationRequest, redirectError, toCallback } from './read-authorization-request.ts'
import type { AuthorizationRequest, SignIn } from './sign-ins.ts'

/** Cognito's name. Cookies do not know ports, so a gate on the same host receives it too. */
export const SESSION_COOKIE = 'cognito'
const CSRF_COOKIE = 'cognito-csrf'

export function authorize(exchange: Exchange): Answer {
  const request = readAuthorizationRequest(exchange)
  if ('status' in request) return request
  const session = findSession(exchange)
  const isSilent = session !== undefined && isEnough(session, request, exchange.context.now())
  if (isSilent && !asksAnyway(request)) return sendCode(exchange, request, session)
  if (request.prompt === 'none') return redirectError(request, 'login_required')
  return redirectTo(`/login?${exchange.queryText}`)
}

export function showSignIn(exchange: Exchange): Answer {
  const request = readAuthorizationRequest(exchange)
  return 'status' in request ? request : showForm(exchange)
}

export async function signIn(exchange: Exchange): Promise<Answer> {
  const form = await readForm(exchange.request)
  if (!(form instanceof URLSearchParams)) return form
  const request = readAuthorizationRequest(exchange)
  if ('status' in request) return request
  if (!isOwnForm(exchange, form))
    return errorPage(403, 'This form was not made for this browser. Go back and try again.')
  const { pool, context } = exchange
  const user = pool.findUser(form.get('username') ?? '')
  if (user === undefined || user.disabled === true || user.password !== form.get('password')) {
    return showForm(exchange, 'Incorrect username or password.')
  }
  const fresh = { username: user.username, signedInAtMs: context.now(), acr: request.acr }
  forgetSession(exchange)
  const session = pool.sessions.add(fresh)
  return sendCode(exchange, request, fresh, {
    'set-cookie': `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`,
  })
}

/** Ends the session of this browser, if it has one. */
export function forgetSession({ request, pool }: Exchange): void {
  pool.sessions.remove(readCookie(request, SESSION_COOKIE) ?? '')
}

/** A user who is gone or disabled has no session. */
function findSession({ request, pool }: Exchange): SignIn | undefined {
  const session = pool.sessions.find(readCookie(request, SESSION_COOKIE) ?? '')
  const user = session && pool.findUser(session.username)
  return user === undefined || user.disabled === true ? undefined : session
}

/** Whether the session is young and strong enough for the request. */
function isEnough({ signedInAtMs, acr = '' }: SignIn, request: AuthorizationRequest, nowMs: number): boolean {
  const { maxAgeSeconds = Number.POSITIVE_INFINITY } = request
  // The names of the levels are ordered as the levels are.
  return maxAgeSeconds > 0 && nowMs - signedInAtMs <= maxAgeSeconds * 1000 && acr >= (request.acr ?? '')
}

function asksAnyway({ prompt }: AuthorizationRequest): boolean {
  return prompt === 'login' || prompt === 'select_account'
}

function sendCode(
  { pool }: Exchange,
  request: AuthorizationRequest,
  signIn: SignIn,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const code = pool.codes.add({ request, signIn })
  return redirectTo(toCallback(request, { code }), headers)
}

function showForm({ request, query, queryText }: Exchange, mistake?: string): Answer {
  const csrf = readCookie(request, CSRF_COOKIE) ?? randomBytes(16).toString('base64url')
  const cookie = `${CSRF_COOKIE}=${csrf}; Path=/login; HttpOnly; SameSite=Strict`
  const page = signInPage({
    action: `/login?${queryText}`,
    csrf,
    username: query.get('login_hint') ?? '',
    provider: query.get('identity_provider') ?? 'COGNITO',
    lang: query.get('lang') ?? 'en',
    mistake,
  })
  return { ...page, headers: { ...page.headers, 'set-cookie': cookie } }
}

/** The cookie and the field are the same secret, which another site can neither read nor set. */
function isOwnForm({ request }: Exchange, form: URLSearchParams): boolean {
  const cookie = Buffer.from(readCookie(request, CSRF_COOKIE) ?? '')
  const field = Buffer.from(form.get('_csrf') ?? '')
  return cookie.length > 0 && cookie.length === field.length && timingSafeEqual(cookie, field)
}
