/**
 * The way of a browser to Cognito and back: where it is sent, and what is checked when it returns. A code is redeemed only
 * for the browser that began the sign-in.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { StoreAway } from '../redis/store-away.ts'
import type { Claims } from '../tokens/claims.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { redirect } from './answer.ts'
import { beginSession, tooLarge, verifyTokens } from './begin-session.ts'
import type { LoginEvents } from './events.ts'
import type { Cognito, Tokens } from './oauth/cognito.ts'
import { CognitoError } from './oauth/cognito.ts'
import type { SignInVerifiers } from './oauth/verify-tokens.ts'
import { isPrefetch } from './request-kind.ts'
import type { ReturnToRules } from './return-to.ts'
import { safeReturnTo } from './return-to.ts'
import type { CookieStyle } from './session/cookies.ts'
import { cookieValues, ownText, setCookie } from './session/cookies.ts'
import type { SessionRecord } from './session/record.ts'
import type { Sealer } from './session/seal.ts'
import type { BrowserSessions } from './session/sessions.ts'
import type { SignIn } from './state.ts'
import { bindingHash, newSeed, openState, sealState, secretsOf } from './state.ts'

export interface SignInParts {
  readonly cognito: Cognito
  readonly sealer: Sealer
  readonly cookies: CookieStyle
  readonly sessions: BrowserSessions
  readonly verifiers: SignInVerifiers
  readonly returnTo: ReturnToRules
  readonly stateMaxAgeMs: number
  /** So old may a sign-in at Cognito be, clocks that differ included. */
  readonly signInMaxAgeMs: number
  /** Claims of the ID token that a session keeps. */
  readonly claims: readonly string[]
  /** Sent to the authorize endpoint with every sign-in. */
  readonly parameters: Readonly<Record<string, string>>
  readonly events: LoginEvents
  readonly fail: (request: LoginRequest, reason: SignInFault, returnTo: string) => LoginAnswer
}

export type SignInFault = 'login_state_invalid' | 'login_loop' | 'login_failed' | 'session_unavailable'

export interface Start {
  readonly returnTo: string | undefined
  readonly attempts?: number
  /** Further parameters for the authorize endpoint. */
  readonly parameters?: Readonly<Record<string, string>>
  /** What the parameters ask for, for the session to remember. */
  readonly asked?: string | undefined
  /** Cookies to set besides. */
  readonly cookies?: readonly string[] | undefined
}

/** A state that is too old is begun anew once, one that another browser has begun twice. */
const restarts = { stale: 1, foreign: 2 } as const
/** So many sign-ins that succeed in this time, and still no session: its cookie does not come back. */
const loopCount = 3
const loopMs = 30_000
/** `auth_time` is in whole seconds. */
const secondMs = 1000
/** Redemptions at once: Cognito has a quota for all callers together. */
const maxRunning = 50

export class SignIns {
  /** Cognito lets no page show its own in a frame. */
  readonly isShownInFrames: boolean = false
  readonly #parts: SignInParts
  /** By binding: when its sign-ins succeeded. */
  readonly #successes = new LRUCache<string, readonly number[]>({ max: 10_000 })
  /** States whose code was redeemed, or tried: a state is good for one call of Cognito. */
  readonly #used = new LRUCache<string, true>({ max: 10_000 })
  #running = 0

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** Sends the browser to Cognito. */
  async start(
    request: LoginRequest,
    { returnTo, attempts = 0, parameters, asked, cookies = [] }: Start,
  ): Promise<LoginAnswer> {
    const { cognito, sealer, cookies: style, returnTo: rules } = this.#parts
    const target = safeReturnTo(returnTo, rules)
    const { binding, cookies: bind } = bindBrowser(request, style)
    if (this.#isLooping(binding, request.now)) return this.#parts.fail(request, 'login_loop', target)
    const signIn = {
      seed: newSeed(),
      binding: bindingHash(binding),
      startedAt: request.now,
      attempts,
      returnTo: target,
      asked,
    }
    const url = await cognito.authorizeUrl({
      state: sealState(sealer, signIn),
      secrets: secretsOf(signIn),
      parameters: { ...this.#parts.parameters, ...parameters },
    })
    return redirect(302, url, [...cookies, ...bind])
  }

  /** The browser is back. */
  async finish(request: LoginRequest): Promise<LoginAnswer> {
    if (isPrefetch(request.head.fields)) return { status: 204, headers: ['Cache-Control', 'no-store'], body: '' }
    const state = only(request.query, 'state')
    const signIn = state === undefined ? undefined : openState(this.#parts.sealer, state)
    if (state === undefined || signIn === undefined) return this.#parts.fail(request, 'login_state_invalid', '/')
    try {
      return await this.#conclude(request, state, signIn)
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error
      return this.#parts.fail(request, 'session_unavailable', request.head.url)
    }
  }

  /** Rejects with StoreAway; a code that could not be kept as a session is not redeemed. */
  async #conclude(request: LoginRequest, state: string, signIn: SignIn): Promise<LoginAnswer> {
    const fault = this.#faultOf(signIn, request)
    const present = await this.#parts.sessions.peek(request.head.fields.cookie, request.now)
    // The session is younger than this sign-in: it has come to its end already, in this tab or in another one.
    if (present && (fault !== undefined || isDone(signIn, present))) return this.#goTo(signIn.returnTo)
    if (fault !== undefined) return this.#restart(request, signIn, fault)
    await this.#parts.sessions.check()
    return this.#redeem(request, state, signIn)
  }

  #faultOf(signIn: SignIn, request: LoginRequest): keyof typeof restarts | undefined {
    const binding = bindingOf(request, this.#parts.cookies)
    if (binding === undefined || bindingHash(binding) !== signIn.binding) return 'foreign'
    return request.now > signIn.startedAt + this.#parts.stateMaxAgeMs ? 'stale' : undefined
  }

  #restart(request: LoginRequest, { attempts, returnTo }: SignIn, fault: keyof typeof restarts) {
    if (attempts < restarts[fault]) return this.start(request, { returnTo, attempts: attempts + 1 })
    return this.#parts.fail(request, fault === 'foreign' ? 'login_loop' : 'login_state_invalid', returnTo)
  }

  async #redeem(request: LoginRequest, state: string, signIn: SignIn): Promise<LoginAnswer> {
    const { cognito } = this.#parts
    const refused = only(request.query, 'error')
    if (refused !== undefined) return this.#failed(request, signIn, refused)
    if (only(request.query, 'code') === undefined) return this.#failed(request, signIn, 'no code')
    if (this.#used.has(state.slice(-32))) return this.#restart(request, signIn, 'stale')
    if (this.#running >= maxRunning) return this.#failed(request, signIn, 'too many sign-ins at once')
    this.#used.set(ownText(state.slice(-32)), true)
    this.#running++
    try {
      const tokens = await cognito.redeem(request.query, state, secretsOf(signIn))
      return await this.#begin(request, signIn, tokens)
    } catch (error) {
      if (!(error instanceof CognitoError)) throw error
      return this.#failed(request, signIn, error.code)
    } finally {
      this.#running--
    }
  }

  async #begin(request: LoginRequest, signIn: SignIn, tokens: Tokens): Promise<LoginAnswer> {
    const { events } = this.#parts
    const claims = await verifyTokens(this.#parts, tokens, request.now)
    if (typeof claims === 'string') return this.#failed(request, signIn, claims)
    if (this.#isOld(claims, signIn)) return this.#askAgain(request, signIn)
    const cookies = await beginSession(this.#parts, request, { tokens, claims, asked: signIn.asked })
    if (cookies === undefined) return this.#failed(request, signIn, tooLarge)
    // Several stronger sign-ins at once are no loop, as long as the session that they follow comes with them.
    if (signIn.asked === undefined || !this.#bringsSession(request)) this.#countSuccess(signIn.binding, request.now)
    events.onSignIn({ result: 'ok', requestId: request.requestId })
    return this.#goTo(signIn.returnTo, cookies)
  }

  /**
   * OpenID Connect Core, section 3.1.3.7: whoever asks for `max_age` checks it. It counts from when it was asked for: whoever has
   * signed in since then may take their time. NaN is too old as well.
   */
  #isOld({ auth_time: seconds }: Claims, { startedAt }: SignIn): boolean {
    const { signInMaxAgeMs } = this.#parts
    return (
      signInMaxAgeMs !== Number.POSITIVE_INFINITY && !(startedAt - Number(seconds) * 1000 < signInMaxAgeMs + secondMs)
    )
  }

  /** A pool that takes no notice of `max_age` may know `prompt`. */
  #askAgain(request: LoginRequest, signIn: SignIn): Promise<LoginAnswer> | LoginAnswer {
    const { attempts, returnTo } = signIn
    if (attempts > 0) return this.#failed(request, signIn, 'the sign-in is older than login.maxAge')
    return this.start(request, { returnTo, attempts: 1, parameters: { prompt: 'login' } })
  }

  #failed(request: LoginRequest, { returnTo }: SignIn, cause: string): LoginAnswer {
    this.#parts.events.onSignIn({ result: 'failed', requestId: request.requestId, cause: cause.slice(0, 100) })
    return this.#parts.fail(request, 'login_failed', returnTo)
  }

  /** Absolute, and checked again: an older version of the gate may have sealed it. */
  #goTo(returnTo: string, cookies: readonly string[] = []): LoginAnswer {
    const { returnTo: rules } = this.#parts
    return redirect(302, rules.origin + safeReturnTo(returnTo, rules), cookies)
  }

  /** A sign-out shows that the cookies of this browser come back. */
  forget(request: LoginRequest): void {
    const binding = bindingOf(request, this.#parts.cookies)
    if (binding !== undefined) this.#successes.delete(bindingHash(binding))
  }

  #bringsSession({ head }: LoginRequest): boolean {
    return cookieValues(head.fields.cookie ?? '', this.#parts.cookies.names.session).length > 0
  }

  #countSuccess(binding: string, now: number): void {
    this.#successes.set(binding, [...(this.#successes.get(binding) ?? []), now].slice(-loopCount))
  }

  #isLooping(binding: string, now: number): boolean {
    const times = this.#successes.get(bindingHash(binding)) ?? []
    return times.filter((time) => now - time < loopMs).length >= loopCount
  }
}

/** A session that was not asked for what this sign-in asks for is not its end. */
function isDone({ startedAt, asked }: SignIn, present: SessionRecord): boolean {
  return present.createdAt >= startedAt && (asked === undefined || present.asked === asked)
}

/** What every sign-in of this browser is bound to; new where it has none, with the cookie that keeps it. */
export function bindBrowser(request: LoginRequest, style: CookieStyle) {
  const known = bindingOf(request, style)
  if (known !== undefined) return { binding: known, cookies: [] }
  const binding = randomBytes(32).toString('base64url')
  return { binding, cookies: [setCookie(style.names.binding, binding, style.attributes, undefined)] }
}

/** The cookie that binds sign-ins to this browser. */
function bindingOf({ head }: LoginRequest, { names }: CookieStyle): string | undefined {
  const [first] = cookieValues(head.fields.cookie ?? '', names.binding)
  return first !== undefined && /^[\w-]{43}$/.test(first) ? first : undefined
}

/** Undefined also when it came twice: nobody could say which one counts. */
function only(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}
