/**
 * Browser sign-in, put together from its configuration. Nothing of this room is loaded where browsers have no sessions.
 */
import { givesAwsCredentials } from '../config/auth-api.ts'
import type { Config, UserPoolConfig } from '../config/config.ts'
import { sessionServer } from '../config/redis.ts'
import type { Sessions, SetCookies } from '../decide/decision.ts'
import type { Policy } from '../decide/policy.ts'
import { authorize, goodUntil } from '../decide/policy.ts'
import type { Runtime } from '../decide/runtime.ts'
import { reasons } from '../reasons.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { problem } from './answer.ts'
import type { BeginParts } from './begin-session.ts'
import { connect } from './connect.ts'
import type { LoginEndpoints, LoginRefusal } from './endpoints.ts'
import { answerRefusal, loginEndpoints, writePage } from './endpoints.ts'
import type { LoginEvents } from './events.ts'
import type { Cognito } from './oauth/cognito.ts'
import type { SignInVerifiers } from './oauth/verify-tokens.ts'
import { compileSignInVerifiers } from './oauth/verify-tokens.ts'
import type { SignInWay } from './page-sign-in.ts'
import { signInOnPage } from './page-sign-in.ts'
import type { WritePage } from './pages/pages.ts'
import { compilePages } from './pages/pages.ts'
import type { CookieStoreParts } from './session/cookie-store.ts'
import { CookieStore } from './session/cookie-store.ts'
import type { CookieStyle } from './session/cookies.ts'
import { compileCookies, isClearing, setsOwnCookie, stripCookies } from './session/cookies.ts'
import { Refresher } from './session/refresher.ts'
import { compileSealer } from './session/seal.ts'
import { SessionEnds } from './session/session-ends.ts'
import type { TokenRules } from './session/session-tokens.ts'
import type { SessionLease } from './session/sessions.ts'
import { BrowserSessions } from './session/sessions.ts'
import type { Session, SessionStore } from './session/store.ts'
import type { SignInFault } from './sign-in.ts'
import { SignIns } from './sign-in.ts'
import { SignOut } from './sign-out.ts'

/** What a WebSocket holds that was opened with a session. */
export interface Lease {
  /** Renews the session. Until when it is good beyond `from`, in milliseconds since the epoch; undefined: it is not. */
  extend(from: number): Promise<number | undefined>
  /** Calls `run` when the session ends here. Returns what forgets it. */
  onEnd(run: () => void): () => void
}

export interface Login {
  readonly sessions: Sessions
  /** Of the sign-ins before this one too. */
  readonly ends: SessionEnds
  readonly endpoints: LoginEndpoints
  /** What a browser gets that has no session, or whose session may not do this; undefined: the usual refusal is right. */
  answer(request: LoginRequest, refusal: LoginRefusal): Promise<LoginAnswer> | LoginAnswer | undefined
  /**
   * What an answer has to set that is written now. The session may have ended while the service was at work: that answer has taken
   * its cookie away, and the browser may have the one of the next session by now.
   */
  cookiesNow(header: string | undefined, cookies: SetCookies): SetCookies
  /** A Cookie header without our cookies; undefined when no other is in it. */
  stripCookies(header: string): string | undefined
  /** Whether a line of Set-Cookie is about one of our cookies. */
  ownsCookie(line: string): boolean
  /** For a WebSocket or an event stream that is opened with the session of this Cookie header. */
  lease(header: string | undefined, policy: Policy, path: string): Lease
  /** For another way to sign in: the auth API. */
  readonly ground: SessionGround
  close(): void
}

/** What makes and finds sessions. */
export interface SessionGround extends BeginParts {
  readonly cookies: CookieStyle
}

export interface LoginOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly events: LoginEvents
  /** The sign-in that this one follows, where the configuration was loaded again. */
  readonly before?: Login | undefined
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** What everything else of the room is made of. */
interface Ground {
  readonly config: Config
  readonly options: LoginOptions
  readonly origin: string
  readonly cookies: CookieStyle
  readonly ends: SessionEnds
  readonly cognito: Cognito
  readonly verifiers: SignInVerifiers
  readonly pages: WritePage
}

/** Rejects for a configuration that has no `login.domain` or was not checked, and where a page cannot be read. */
export async function compileLogin(config: Config, runtime: Runtime, options: LoginOptions): Promise<Login> {
  const { domain, clientId = '' } = config.login
  const pool = config.userPools.find(({ clientIds }) => clientIds.includes(clientId))
  if (pool === undefined) throw new Error('login.clientId is in no user pool')
  const origin = domain === undefined ? undefined : new URL(domain).origin
  const ground = await layGround(config, options, { pool, domain: origin, runtime })
  const sessions = await compileSessions(ground)
  const signOut = compileSignOut(ground, sessions)
  const parts = {
    signIns: signInWay(ground, sessions),
    signOut,
    sessions,
    pages: ground.pages,
    prefix: config.endpoints.prefix,
    framePage: config.session.sameSite === 'none' ? ('embedded' as const) : ('framed' as const),
    forwardParams: config.login.forwardParams,
  }
  return {
    sessions: signOut.withServiceSignOut(),
    ends: ground.ends,
    endpoints: loginEndpoints(parts),
    answer: (request, refusal) => answerRefusal(parts, request, refusal),
    stripCookies: (header) => stripCookies(header, ground.cookies.names),
    ownsCookie: (line) => setsOwnCookie(line, ground.cookies.names),
    lease: (header, policy, path) => demandingLease(sessions.lease(header), policy, path),
    cookiesNow: (header, cookies) =>
      cookies && !isClearing(cookies) && sessions.hasEnded(header) ? undefined : cookies,
    ground: { ...ground, sessions, claims: config.session.claims },
    close: () => sessions.close(),
  }
}

/** A session that is renewed may have lost what the rule demands. */
function demandingLease({ extend, onEnd }: SessionLease, policy: Policy, path: string): Lease {
  return {
    onEnd,
    async extend(from) {
      const caller = await extend(from)
      const isAllowed = caller !== undefined && authorize(caller, policy, { now: from, path }) === undefined
      return isAllowed ? goodUntil(caller, policy) : undefined
    },
  }
}

interface Pool {
  readonly pool: UserPoolConfig
  /** Undefined: people sign in by the auth API alone. */
  readonly domain: string | undefined
  readonly runtime: Runtime
}

async function layGround(config: Config, options: LoginOptions, { pool, domain, runtime }: Pool): Promise<Ground> {
  const { login, session, publicUrl = '' } = config
  const { clientId = '' } = login
  const { origin, protocol } = new URL(publicUrl)
  return {
    config,
    options,
    origin,
    cookies: compileCookies({ ...session, secure: protocol === 'https:' }),
    ends: options.before?.ends ?? new SessionEnds(),
    cognito: await connect(config, options, { pool, domain, origin }),
    verifiers: compileSignInVerifiers(runtime.verifier, runtime.headers.identity, { pool, clientId }),
    // Browsers hold redirects to it too, and behind Cognito's sign-out the identity provider may have one of its own.
    pages: compilePages({ ...login.pages, formTargets: [...(domain === undefined ? [] : [domain]), 'https:'] }),
  }
}

async function compileSessions(ground: Ground): Promise<BrowserSessions> {
  const { config, options, origin, cookies, verifiers, ends } = ground
  const { session, login } = config
  const keepsIdToken = givesAwsCredentials(config.authApi)
  const tokens = { verifiers, aheadMs: login.refresh.aheadMs, claims: session.claims, keepsIdToken }
  return new BrowserSessions<Session>({
    ...options,
    rules: { ...session, patienceMs: login.refresh.timeoutMs },
    store: await compileStore(ground, tokens),
    cookies,
    ends,
    site: { origins: [origin, ...session.allowedOrigins] },
    tokens,
  })
}

/** The rest of a head is for the request line and for everything else that browsers send. */
const shareOfHead = 0.75

/** Nothing that talks to Redis is loaded where sessions live in cookies. */
async function compileStore(
  { config, options, cookies, cognito }: Ground,
  tokens: TokenRules,
): Promise<SessionStore<Session>> {
  const { session, login, tokenCache } = config
  const { now, events, wait } = options
  const { redis, store, secrets = [] } = session
  const parts: CookieStoreParts = {
    rules: { ...session, ...tokenCache, maxCookieLength: config.limits.headersBytes * shareOfHead },
    sealer: compileSealer(secrets, store === 'redis' ? 'session handle' : 'session'),
    cookies,
    tokens,
    refresher: new Refresher({ refresh: cognito.refresh, now, onResult: events.onRefresh }),
    now,
  }
  if (store === 'cookie') return new CookieStore(parts)
  const { RedisStore } = await import('./session/redis/redis-store.ts')
  const { timeoutMs: patienceMs } = login.refresh
  return new RedisStore({
    ...parts,
    redis: { prefix: redis.prefix, url: '', ...sessionServer(config) },
    events: { onState: events.onStore },
    patienceMs,
    wait,
  })
}

/** To Cognito, or to a page of the service. */
function signInWay(ground: Ground, sessions: BrowserSessions): SignInWay {
  const { config, origin } = ground
  if (config.login.domain !== undefined) return compileSignIns(ground, sessions)
  const { authApi, endpoints, login } = config
  return signInOnPage(authApi.signInPage, { origin, prefix: endpoints.prefix, signOutPaths: login.logout.on })
}

function compileSignIns({ config, options, origin, ...ground }: Ground, sessions: BrowserSessions): SignIns {
  const { login, session, endpoints } = config
  const { prefix } = endpoints
  return new SignIns({
    ...ground,
    sessions,
    sealer: compileSealer(session.secrets ?? [], 'state'),
    returnTo: { origin, prefix, signOutPaths: login.logout.on },
    stateMaxAgeMs: login.stateMaxAgeMs,
    signInMaxAgeMs: (login.maxAgeMs ?? Number.POSITIVE_INFINITY) + config.clockToleranceMs,
    claims: session.claims,
    parameters: authorizeParameters(login),
    events: options.events,
    fail: (request, reason, returnTo) =>
      writePage({ ...ground, prefix }, request, { name: faultPages[reason], reason, returnTo }),
  })
}

const faultPages = {
  login_state_invalid: 'state_invalid',
  login_loop: 'login_loop',
  login_failed: 'login_failed',
  session_unavailable: 'session_unavailable',
} as const satisfies Record<SignInFault, string>

function compileSignOut({ config, options, origin, ...ground }: Ground, sessions: BrowserSessions): SignOut {
  return new SignOut({
    ...ground,
    ...options,
    sessions,
    rules: config.login.logout,
    site: { origins: [origin, ...config.session.allowedOrigins] },
    prefix: config.endpoints.prefix,
    refuse: () => problem('cross_site_request', reasons.cross_site_request.status),
  })
}

/** Cognito developer guide, "Authorize endpoint". */
function authorizeParameters(login: Config['login']): Readonly<Record<string, string>> {
  const { scopes, identityProvider, idpIdentifier, prompt, lang, maxAgeMs } = login
  const all = {
    scope: scopes.join(' '),
    identity_provider: identityProvider,
    idp_identifier: idpIdentifier,
    prompt,
    lang,
    max_age: maxAgeMs === undefined ? undefined : String(Math.floor(maxAgeMs / 1000)),
  }
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined))
}
