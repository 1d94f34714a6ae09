/**
 * Who has signed in: the codes that an application has yet to redeem, and the sessions of browsers at the look-alike.
 * Both end by the clock of the issuer.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { AppClient } from './clients.ts'

/** What an application asked of `/oauth2/authorize`. */
export interface AuthorizationRequest {
  readonly client: AppClient
  readonly redirectUri: string
  /** What is granted, separated by blanks. */
  readonly scope: string
  readonly state: string | undefined
  readonly nonce: string | undefined
  /** RFC 8707. */
  readonly resource: string | undefined
  /** Of method S256. */
  readonly codeChallenge: string | undefined
  readonly prompt: string | undefined
  readonly maxAgeSeconds: number | undefined
  /** The first level asked for that exists here. */
  readonly acr: string | undefined
}

/** What a user did; kept through every refresh. */
export interface SignIn {
  readonly username: string
  readonly signedInAtMs: number
  /** The level that was asked for and reached. */
  readonly acr?: string | undefined
}

export interface PendingCode {
  readonly request: AuthorizationRequest
  readonly signIn: SignIn
}

/** Values under names that nobody can guess, until they expire. */
export interface Expiring<T> {
  /** The name. */
  add(value: T): string
  find(name: string): T | undefined
  remove(name: string): void
}

const CODE_LIFETIME_MS = 5 * 60_000
/** Cognito's default. A refresh does not prolong it. */
const SESSION_LIFETIME_MS = 60 * 60_000

export function createCodes(now: () => number): Expiring<PendingCode> {
  return createExpiring(now, { lifetimeMs: CODE_LIFETIME_MS, createName: randomUUID })
}

export function createSessions(now: () => number): Expiring<SignIn> {
  const createName = () => randomBytes(32).toString('base64url')
  return createExpiring(now, { lifetimeMs: SESSION_LIFETIME_MS, createName })
}

interface ExpiringOptions {
  readonly lifetimeMs: number
  readonly createName: () => string
}

function createExpiring<T>(now: () => number, { lifetimeMs, createName }: ExpiringOptions): Expiring<T> {
  const entries = new Map<string, { readonly value: T; readonly endsAtMs: number }>()
  const removeExpired = () => {
    for (const [name, { endsAtMs }] of entries) if (endsAtMs <= now()) entries.delete(name)
  }
  return {
    add(value) {
      removeExpired()
      const name = createName()
      entries.set(name, { value, endsAtMs: now() + lifetimeMs })
      return name
    },
    find(name) {
      removeExpired()
      return entries.get(name)?.value
    },
    remove: (name) => void entries.delete(name),
  }
}
