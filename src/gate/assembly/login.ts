/**
 * Joins browser sign-in to a gate: loads it where it is configured, and tells log and metrics what happens there.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { AuthApi } from '../../auth-api/auth-api.ts'
import { hasSessions, isAuthApiOn } from '../../config/auth-api.ts'
import type { Config } from '../../config/config.ts'
import { sessionServer } from '../../config/redis.ts'
import type { Runtime } from '../../decide/runtime.ts'
import type { LoginEvents } from '../../login/events.ts'
import type { Login } from '../../login/login.ts'
import type { Observers } from '../../ops/observers.ts'
import { setUnrefTimer } from '../../timer.ts'
import type { GateRuntime } from '../gate.ts'

export interface LoginContext {
  readonly observers: Observers
  readonly now: () => number
  /** Where the configuration was loaded again. */
  readonly before: { readonly config: Config; readonly runtime: GateRuntime } | undefined
}

/**
 * Nothing of the login room is loaded where browsers have no sessions. A sign-in whose settings are the same goes on: it remembers which
 * refresh tokens it has spent.
 */
export async function compileGateLogin(
  config: Config,
  runtime: Runtime,
  { observers, now, before }: LoginContext,
): Promise<Login | undefined> {
  if (!hasSessions(config)) return undefined
  const known = before?.runtime.login
  const isKnown =
    before && runtime.verifier === before.runtime.verifier && isSame(settingsOf(before.config), settingsOf(config))
  // Files of its own pages may be what has changed.
  if (isKnown && config.login.pages.dir === undefined) return known
  const { compileLogin } = await import('../../login/login.ts')
  return compileLogin(config, runtime, { now, events: loginEvents(observers), wait, before: known })
}

/** Nothing of that room is loaded where no operation is listed. What it has counted goes on where its limits are the same. */
export async function compileGateAuthApi(
  config: Config,
  runtime: Runtime & { readonly login: Login | undefined },
  { observers, before }: LoginContext,
): Promise<AuthApi | undefined> {
  if (!isAuthApiOn(config.authApi)) return undefined
  const known = before?.runtime.authApi
  const { compileAuthApi } = await import('../../auth-api/auth-api.ts')
  return compileAuthApi(config, runtime, {
    events: loginEvents(observers),
    ground: config.authApi.mode === 'cookie' ? runtime.login?.ground : undefined,
    pace: { elapsed: () => performance.now(), wait },
    before: isSame(known?.throttle.limits, config.authApi.limits) ? known : undefined,
  })
}

/** What a sign-in is compiled from, besides the verifier. */
function settingsOf(config: Config) {
  const { login, session, publicUrl, endpoints, authApi } = config
  return { login, session, publicUrl, endpoints, authApi, server: sessionServer(config) }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setUnrefTimer(resolve, ms))
}

function loginEvents({ log, metrics }: Observers): LoginEvents {
  return {
    onSignIn(event) {
      metrics.logins.inc({ result: event.result })
      if (event.result === 'ok') log.info({ requestId: event.requestId }, 'signed in')
      else log.warn({ requestId: event.requestId, detail: event.cause, hint: hintOn(event.cause) }, 'sign-in failed')
    },
    onSignOut: (requestId) => log.info({ requestId }, 'signed out'),
    onRefresh(result, error) {
      metrics.sessionRefreshes.inc({ result })
      if (result === 'failed') log.warn({ detail: error?.code, hint: hintOn(error?.code) }, 'session refresh failed')
    },
    onStore(isReachable, detail) {
      if (isReachable) log.info('session store back')
      else log.warn({ detail }, 'session store away')
    },
    onCall(operation, result, fault) {
      metrics.cognitoCalls.inc({ operation, result })
      if (fault !== undefined) log.warn({ operation, detail: fault.slice(0, 100) }, 'Cognito call failed')
    },
  }
}

/** What usually causes it. */
const hints: Readonly<Record<string, string>> = {
  invalid_grant:
    'the code was used or is too old, or the app client may not read an attribute of a requested scope (email needs email and email_verified)',
  invalid_client: 'login.clientId or login.clientSecret is not that of the app client',
  unauthorized_client: 'the app client lacks the authorization code grant, or the callback URL is not registered',
  redirect_mismatch: 'the callback URL of the app client is not publicUrl + /_cogate/callback',
  invalid_scope: 'the app client does not allow a scope of login.scopes',
}

function hintOn(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(hints, code) ? hints[code] : undefined
}
