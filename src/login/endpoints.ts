/**
 * What browsers get from the login room: its endpoints, and the answer to a request that has no session. Returns values;
 * the gate writes them.
 */

import type { Policy } from '../decide/policy.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { answered, cookieLines, problem, showPage } from './answer.ts'
import { payloadOf } from './oauth/verify-tokens.ts'
import type { SignInWay } from './page-sign-in.ts'
import type { PageAction, WritePage } from './pages/pages.ts'
import type { PageName } from './pages/texts.ts'
import { requestKind } from './request-kind.ts'
import type { SessionRecord } from './session/record.ts'
import type { BrowserSessions } from './session/sessions.ts'
import type { Start } from './sign-in.ts'
import type { SignOut } from './sign-out.ts'
import { isOwnNavigation } from './sign-out.ts'

export interface EndpointParts {
  readonly signIns: SignInWay
  readonly signOut: SignOut
  readonly sessions: BrowserSessions
  readonly pages: WritePage
  /** Of the endpoints: `/_cogate`. */
  readonly prefix: string
  /** What a frame shows in place of a sign-in: `embedded` where pages of other sites may show the service. */
  readonly framePage: 'framed' | 'embedded'
  /** Query parameters of the login endpoint that go on to Cognito. */
  readonly forwardParams: readonly string[]
}

type Endpoint = (request: LoginRequest) => Promise<LoginAnswer>

/** By path below the prefix and method. */
export type LoginEndpoints = Readonly<Record<string, { readonly GET: Endpoint; readonly POST?: Endpoint }>>

export function loginEndpoints(parts: EndpointParts): LoginEndpoints {
  const { signIns, signOut } = parts
  return {
    '/login': { GET: (request) => startSignIn(parts, request) },
    '/callback': { GET: (request) => signIns.finish(request) },
    '/logout': {
      GET: (request) => (isOwnNavigation(request) ? endSession(parts, request) : signOut.ask(request)),
      POST: (request) => endSession(parts, request),
    },
    '/logged-out': { GET: async (request) => writePage(parts, request, { name: 'signed_out', returnTo: '/' }) },
    '/session': { GET: (request) => showSession(parts, request) },
  }
}

async function endSession({ signIns, signOut }: EndpointParts, request: LoginRequest): Promise<LoginAnswer> {
  signIns.forget(request)
  return signOut.run(request)
}

async function startSignIn(parts: EndpointParts, request: LoginRequest): Promise<LoginAnswer> {
  const { signIns, forwardParams, framePage } = parts
  const returnTo = request.query.get('returnTo') ?? undefined
  if (!signIns.isShownInFrames && requestKind(request.head) === 'frame') {
    return writePage(parts, request, { name: framePage, returnTo: returnTo ?? '/' })
  }
  const given = forwardParams.map((name) => [name, request.query.get(name)] as const)
  const parameters = Object.fromEntries(given.filter((pair): pair is [string, string] => isShort(pair[1])))
  return signIns.start(request, { returnTo, parameters })
}

function isShort(value: string | null): boolean {
  return value !== null && value !== '' && value.length <= 200
}

/** What a page may know of its session: no token. */
async function showSession({ sessions, prefix }: EndpointParts, request: LoginRequest): Promise<LoginAnswer> {
  const verdict = await sessions.open(request.head, request.now)
  if (verdict.kind !== 'open') {
    const reason = verdict.kind === 'none' ? 'login_required' : verdict.reason
    const cookies = verdict.kind === 'none' ? [] : cookieLines(verdict.cookies)
    return problem(reason, reasons[reason].status, ['Cogate-Login', `${prefix}/login`, ...cookies])
  }
  const { caller, cookies } = verdict
  const { now } = request
  const facts = {
    authenticated: true,
    ...(await sessions.describe(caller, { header: request.head.fields.cookie, now })),
  }
  const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store', ...cookieLines(cookies)]
  return { status: 200, headers, body: JSON.stringify(facts) }
}

/** Why a request has not passed. */
export interface LoginRefusal {
  readonly reason: Reason
  /** What the answer has to set. */
  readonly cookies: readonly string[] | undefined
  /** A sign-in may help. */
  readonly asksForSignIn: boolean
  /** What the route demands. */
  readonly policy: Policy
  /** False: whoever asks cannot pass a redirect on, and is told where the sign-in is. */
  readonly redirects: boolean
}

/** Undefined: the usual refusal is right. */
export function answerRefusal(
  parts: EndpointParts,
  request: LoginRequest,
  refusal: LoginRefusal,
): Promise<LoginAnswer> | LoginAnswer | undefined {
  const { asksForSignIn, reason } = refusal
  if (!asksForSignIn) return reason === 'reauthentication_required' ? undefined : explain(parts, request, refusal)
  if (reason === 'reauthentication_required') return askForMore(parts, request, refusal)
  return askToSignIn(parts, request, refusal)
}

function askToSignIn(parts: EndpointParts, request: LoginRequest, refusal: LoginRefusal) {
  const { redirects, reason, cookies = [] } = refusal
  const kind = requestKind(request.head)
  if (kind === 'page') {
    if (!redirects) return pointTo(parts, request, refusal)
    const isSignOut = parts.signOut.isServiceSignOut(request.head)
    return isSignOut ? parts.signOut.showSignedOut(cookies) : startFrom(parts, request, refusal)
  }
  if (kind === 'form') return writePage(parts, request, { name: 'form_without_session', reason, cookies })
  if (kind === 'frame') return writePage(parts, request, { name: parts.framePage, reason, cookies })
  return problem(reason, reasons[reason].status, ['Cogate-Login', `${parts.prefix}/login`, ...cookieLines(cookies)])
}

/** The session does not meet what the route demands of a sign-in. A program gets the challenge of RFC 9470. */
function askForMore(parts: EndpointParts, request: LoginRequest, refusal: LoginRefusal) {
  const { reason, cookies = [], redirects } = refusal
  const kind = requestKind(request.head)
  if (kind === 'page') return redirects ? stepUp(parts, request, refusal) : undefined
  if (kind === 'form') return writePage(parts, request, { name: 'form_not_strong_enough', reason, cookies })
  return kind === 'frame' ? writePage(parts, request, { name: parts.framePage, reason, cookies }) : undefined
}

/**
 * A new sign-in that asks for what the route demands; where it has been asked already and did not help, a page that says
 * so. A user pool below the plan Essentials takes no notice of levels.
 */
async function stepUp(parts: EndpointParts, request: LoginRequest, refusal: LoginRefusal): Promise<LoginAnswer> {
  const { policy, reason, cookies = [] } = refusal
  // Without its store nothing is known of the session; the sign-in finds that out by itself.
  const record = await parts.sessions.peek(request.head.fields.cookie, request.now).catch(() => undefined)
  if (record && record.asked === demandOf(policy).asked && isUnheard(record, policy, request.now)) {
    return writePage(parts, request, { name: 'not_strong_enough', reason, cookies })
  }
  return startFrom(parts, request, refusal)
}

/** A sign-in that is younger than this was the answer to the demand. */
const stepUpMs = 60_000

/** The sign-in was the answer to the demand, and its tokens do not have what was asked for. */
function isUnheard({ accessToken, createdAt }: SessionRecord, { acr, maxAuthAgeMs }: Policy, now: number): boolean {
  if (now - createdAt >= stepUpMs) return false
  const { acr: level, auth_time: time } = payloadOf(accessToken)
  const hasLevel = acr === undefined || (typeof level === 'string' && acr.has(level))
  const isNew = maxAuthAgeMs === undefined || (typeof time === 'number' && createdAt - time * 1000 <= maxAuthAgeMs)
  return !hasLevel || !isNew
}

/** `asked`: the same, for the session to remember; undefined where the route demands no more than a sign-in. */
function demandOf({ acr, maxAuthAgeMs }: Policy): Pick<Start, 'parameters' | 'asked'> {
  if (acr === undefined && maxAuthAgeMs === undefined) return {}
  const parameters = {
    ...(acr && { acr_values: [...acr].join(' ') }),
    ...(maxAuthAgeMs !== undefined && { max_age: String(Math.floor(maxAuthAgeMs / 1000)) }),
  }
  return { parameters, asked: JSON.stringify(parameters) }
}

/** Asks at once for what the route demands, so that nobody signs in twice. */
function startFrom({ signIns }: EndpointParts, request: LoginRequest, { policy, cookies }: LoginRefusal) {
  return signIns.start(request, { returnTo: request.head.url, cookies, ...demandOf(policy) })
}

function pointTo({ prefix }: EndpointParts, { head }: LoginRequest, { reason, cookies }: LoginRefusal): LoginAnswer {
  const place = `${prefix}/login?${new URLSearchParams({ returnTo: head.url })}`
  return problem(reason, reasons[reason].status, ['Cogate-Login', place, ...cookieLines(cookies)])
}

/** The pages of refusals that a person can do something about. */
const explained: Partial<Record<Reason, PageName>> = {
  insufficient_group: 'not_allowed',
  insufficient_scope: 'not_allowed',
  insufficient_claims: 'not_allowed',
  client_not_allowed_here: 'not_allowed',
  session_unavailable: 'session_unavailable',
  revocation_unavailable: 'session_unavailable',
}

function explain(parts: EndpointParts, request: LoginRequest, { reason, cookies = [] }: LoginRefusal) {
  const name = explained[reason]
  const kind = requestKind(request.head)
  // A form that only has to wait is sent again by a reload, which the link of its page would not do.
  const isShown = kind === 'page' || (kind === 'form' && name === 'not_allowed')
  return name && isShown ? writePage(parts, request, { name, reason, cookies }) : undefined
}

/** As for a program. */
const retryAfterSeconds = '5'

export interface PageRequest {
  readonly name: PageName
  readonly reason?: Reason
  readonly cookies?: readonly string[]
  /** Where a new sign-in leads; default: where the request wanted to go. */
  readonly returnTo?: string
}

export function writePage(
  { pages, prefix }: Pick<EndpointParts, 'pages' | 'prefix'>,
  request: LoginRequest,
  { name, reason, cookies, returnTo = request.head.url }: PageRequest,
): LoginAnswer {
  const page = pages(name, actionOf(name, { prefix, returnTo }), answered(request))
  const more = { ...(reason && { reason }), ...(cookies && { cookies }) }
  const status = reason === undefined ? 200 : reasons[reason].status
  const headers = status === 503 ? [...page.headers, 'Retry-After', retryAfterSeconds] : page.headers
  return showPage(status, { ...page, headers }, more)
}

function actionOf(
  name: PageName,
  { prefix, returnTo }: { readonly prefix: string; readonly returnTo: string },
): PageAction {
  const href = `${prefix}/login?${new URLSearchParams({ returnTo })}`
  if (name === 'embedded') return { kind: 'link', href, target: '_blank' }
  if (name === 'form_without_session') return { kind: 'link', href: `${prefix}/login?returnTo=%2F`, target: '_blank' }
  if (name === 'form_not_strong_enough') return { kind: 'link', href: ownPath(returnTo), target: '_blank' }
  if (name === 'framed') return { kind: 'link', href, target: '_top' }
  if (name === 'not_allowed') return { kind: 'link', href: `${prefix}/logout` }
  return { kind: 'link', href: name === 'session_unavailable' ? ownPath(returnTo) : href }
}

/** A target that begins with two slashes would be another host. */
function ownPath(target: string): string {
  return /^\/(?![/\\])/.test(target) ? target : '/'
}
