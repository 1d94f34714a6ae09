/**
 * The `state` of a sign-in. It holds all that the callback has to know, sealed, so that no cookie and no memory is needed for
 * each sign-in. One cookie binds all sign-ins of a browser to it.
 */
import { hash, hkdfSync, randomBytes } from 'node:crypto'
import type { SignInSecrets } from './oauth/cognito.ts'
import type { Sealer } from './session/seal.ts'

export interface SignIn {
  /** 32 random bytes, base64url. Verifier and nonce are derived from them. */
  readonly seed: string
  /** Of the binding cookie. */
  readonly binding: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** How often this sign-in was begun anew. */
  readonly attempts: number
  readonly returnTo: string
  /** What it asks for beyond a sign-in (`acr_values`, `max_age`); undefined: nothing. */
  readonly asked?: string | undefined
}

const context = 'state'

export function sealState(sealer: Sealer, { seed, binding, startedAt, attempts, returnTo, asked }: SignIn): string {
  return sealer.seal(Buffer.from(JSON.stringify([seed, binding, startedAt, attempts, returnTo, asked])), context)
}

/** Undefined for everything that `sealState` has not made. */
export function openState(sealer: Sealer, state: string): SignIn | undefined {
  const opened = sealer.open(state, context)
  if (opened === undefined) return undefined
  const [seed, binding, startedAt, attempts, returnTo, asked] = JSON.parse(opened.bytes.toString())
  return { seed, binding, startedAt, attempts, returnTo, asked: asked ?? undefined }
}

export function newSeed(): string {
  return randomBytes(32).toString('base64url')
}

export function secretsOf({ seed }: SignIn): SignInSecrets {
  const derive = (info: string) => Buffer.from(hkdfSync('sha256', seed, '', info, 32)).toString('base64url')
  return { verifier: derive('cogate pkce'), nonce: derive('cogate nonce') }
}

/** What a state holds of the binding cookie: the cookie itself is seen by no page of Cognito. */
export function bindingHash(cookie: string): string {
  return hash('sha256', cookie, 'base64url').slice(0, 22)
}
