/**
 * Browser sign-in, put together from its configuration. Nothing of this room is loaded where `login.domain` is not set.
 */
import type { Config, UserPoolConfig } from '../config/config.ts'
import type { Sessions } from '../decide/decision.ts'
import type { Runtime } from '../decide/runtime.ts'
import { reasons } from '../reasons.ts'
import { issuersOf } from '../tokens/keys/issuers.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { problem } from './answer.ts'
import type { LoginEndpoints, LoginRefusal } from './endpoints.ts'
import { answerRefusal, loginEndpoints, writePage } from './endpoints.ts'
import type { LoginEvents } from './events.ts'
import type { Cognito } from './oauth/cognito.ts'
import { connectCognito } from './oauth/cognito.ts'
import type { SignInVerifiers } from './oauth/verify-tokens.ts'
import { compileSignInVerifiers } from './oauth/verify-tokens.ts'
import type { WritePage } from './pages/pages.ts'
import { compilePages } from './pages/pages.ts'
import type { CookieStyle } from './session/cookies.ts'
import { compileCookies, stripCookies } from './session/cookies.ts'
import { Refresher } from './session/refresher.ts'
import { compileSealer } from './session/seal.ts'
import { CookieSessions } from './session/sessions.ts'
import type { SignInFault } from './sign-in.ts'
import { SignIns } from './sign-in.ts'
import { SignOut } from './sign-out.ts'

export interface Login {
  readonly sessions: Sessions
  readonly endpoints: LoginEndpoints
  /** What a browser gets that has no session, or whose session may not do this; undefined: the usual refusal is right. */
  answer(request: LoginRequest, refusal: LoginRefusal): Promise<LoginAnswer> | LoginAnswer | undefined
  /** A Cookie header without our cookies; undefined when no other is in it. */
  stripCookies(header: string): string | undefined
}

export interface LoginOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly events: LoginEvents
  /** Resolves after that time. */
  readonly wait: (ms: number) => Promise<void>
}

/** What everything else of the room is made of. */
interface Ground {
  readonly config: Config
  readonly options: LoginOptions
  readonly origin: string
  readonly cookies: CookieStyle
  readonly cognito: Cognito
  readonly verifiers: SignInVerifiers
  readonly pages: WritePage
}

/** Throws for a configuration that has no `login.domain` or was not checked, and where a page cannot be read. */
export function compileLogin(config: Config, runtime: Runtime, options: LoginOptions): Login {
  const { domain = '', clientId = '' } = config.login
  const pool = config.userPools.find(({ clientIds }) => clientIds.includes(clientId))
  if (pool === undefined) throw new Error('login.clientId is in no user pool')
  const ground = layGround(config, options, { pool, domain: new URL(domain).origin, runtime })
  const sessions = compileSessions(ground)
  const signOut = compileSignOut(ground, sessions)
  const parts = {
    signIns: compileSignIns(ground, sessions),
    signOut,
    sessions,
    pages: ground.pages,
    prefix: config.endpoints.prefix,
    forwardParams: config.login.forwardParams,
  }
  return {
    sessions: signOut.withServiceSignOut(),
    endpoints: loginEndpoints(parts),
    answer: (request, refusal) => answerRefusal(parts, request, refusal),
    stripCookies: (header) => stripCookies(header, ground.cookies.names),
  }
}

interface Pool {
  readonly pool: UserPoolConfig
  readonly domain: string
  readonly runtime: Runtime
}

function layGround(config: Config, options: LoginOptions, { pool, domain, runtime }: Pool): Ground {
  const { login, session, endpoints, publicUrl = '' } = config
  const { clientId = '', clientSecret } = login
  const { origin, protocol } = new URL(publicUrl)
  const cognito = connectCognito({
    domain,
    clientId,
    clientSecret,
    redirectUri: `${origin}${endpoints.prefix}/callback`,
    signedOutUri: `${origin}${endpoints.prefix}/logged-out`,
    issuers: issuersOf(pool),
    timeoutMs: login.refresh.timeoutMs,
    toleranceMs: config.clockToleranceMs,
    now: options.now,
    onCall: options.events.onCall,
  })
  return {
    config,
    options,
    origin,
    cookies: compileCookies({ ...session, secure: protocol === 'https:' }),
    cognito,
    verifiers: compileSignInVerifiers(runtime.verifier, runtime.headers.identity, { pool, clientId }),
    // Browsers hold redirects to it too, and behind Cognito's sign-out the identity provider may have one of its own.
    pages: compilePages({ ...login.pages, formTargets: [domain, 'https:'] }),
  }
}

function compileSessions({ config, options, origin, cookies, cognito, verifiers }: Ground): CookieSessions {
  const { session, login, tokenCache } = config
  const { now, events, wait } = options
  return new CookieSessions({
    rules: {
      ...session,
      aheadMs: login.refresh.aheadMs,
      patienceMs: login.refresh.timeoutMs,
      maxEntries: tokenCache.maxEntries,
      maxBytes: tokenCache.maxBytes,
    },
    sealer: compileSealer(session.secrets ?? [], 'session'),
    cookies,
    site: { origins: [origin, ...session.allowedOrigins] },
    verifiers,
    refresher: new Refresher({ refresh: cognito.refresh, now, onResult: events.onRefresh }),
    wait,
  })
}

function compileSignIns({ config, options, origin, ...ground }: Ground, sessions: CookieSessions): SignIns {
  const { login, session, endpoints } = config
  const { prefix } = endpoints
  return new SignIns({
    ...ground,
    sessions,
    sealer: compileSealer(session.secrets ?? [], 'state'),
    returnTo: { origin, prefix },
    stateMaxAgeMs: login.stateMaxAgeMs,
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
} as const satisfies Record<SignInFault, string>

function compileSignOut({ config, options, origin, ...ground }: Ground, sessions: CookieSessions): SignOut {
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
