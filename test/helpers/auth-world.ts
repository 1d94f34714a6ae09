/**
 * A gate with the auth API before a service, and the stand-in for Cognito with its JSON API. There is no domain of the user pool
 * unless a test sets one.
 */
import { Secret, TOTP } from 'otpauth'
import type { Test } from 'tap'
import { AUTH_OPERATIONS } from '../../src/config/auth-api.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import {
  type Browser,
  type BrowserAnswer,
  type LoginWorld,
  type LoginWorldOptions,
  publicOrigin,
  sameOriginFetch,
  startLoginWorld,
} from './login-world.ts'

export interface AuthAnswer extends BrowserAnswer {
  /** The body, where it is JSON. */
  readonly json: AuthJson
}

/** What answers may hold. */
export interface AuthJson {
  readonly status?: string | number
  readonly code?: string
  readonly session?: string
  readonly secret?: string
  readonly otpauth?: string
  readonly expiresAt?: string
  readonly expiration?: string
  readonly identityId?: string
  readonly secretAccessKey?: string
  readonly confirmed?: boolean
  readonly delivery?: { readonly medium: string; readonly destination?: string }
  readonly user?: { readonly username: string; readonly sub: string; readonly groups: readonly string[] }
  readonly tokens?: { readonly accessToken: string; readonly idToken: string; readonly refreshToken: string }
  readonly challenge?: {
    readonly name: string
    readonly choices?: readonly string[]
    readonly delivery?: object
    readonly requiredAttributes?: readonly string[]
  }
}

export interface AuthWorld extends LoginWorld {
  /** A call as a page of the public origin makes it, or with these headers in place of its own. */
  readonly call: (browser: Browser, path: string, body?: unknown, headers?: Headers) => Promise<AuthAnswer>
  /** What Cognito was asked, by operation. */
  readonly asked: (operation: string) => readonly Readonly<Record<string, unknown>>[]
}

type Headers = Readonly<Record<string, string>>

const keys = createKeys()

export async function startAuthWorld(t: Test, options: LoginWorldOptions = {}): Promise<AuthWorld> {
  const world = await startLoginWorld(t, {
    keys,
    routes: [
      { path: '/sign-in', auth: 'none' },
      { path: '/*', auth: 'login' },
    ],
    ...options,
    env: (issuer) => ({
      COGATE_LOGIN_DOMAIN: undefined,
      COGATE_AUTH_API_SIGN_IN_PAGE: '/sign-in',
      COGATE_AUTH_API_OPERATIONS: AUTH_OPERATIONS.filter((name) => name !== 'awsCredentials').join(','),
      COGATE_AUTH_API_ENDPOINT: issuer.url,
      COGATE_AUTH_API_MIN_TIME: '100ms',
      COGATE_AUTH_API_LIMITS_PER_ADDRESS: '1000/s',
      COGATE_AUTH_API_LIMITS_SIGN_UP: '1000/s',
      ...(typeof options.env === 'function' ? options.env(issuer) : options.env),
    }),
  })
  return {
    ...world,
    call: async (browser, path, body, headers = { ...sameOriginFetch, origin: publicOrigin }) => {
      const isGet = body === undefined
      const answer = await browser.fetch(`/_cogate/auth/${path}`, {
        method: isGet ? 'GET' : 'POST',
        headers: { ...headers, ...(isGet ? {} : { 'content-type': 'application/json' }) },
        ...(isGet ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { ...answer, json: answer.body.startsWith('{') ? JSON.parse(answer.body) : {} }
    },
    asked: (operation) =>
      world.issuer.login.apiRequests.filter((request) => request.operation === operation).map(({ input }) => input),
  }
}

/** What an authenticator app shows, by a library that is not ours. */
export function totpCode(secret: string, nowMs: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs })
}
