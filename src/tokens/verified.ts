/**
 * A token whose signature, issuer, times, kind and client have been checked, and what later steps ask of its claims. The
 * only proof of identity in this code: nothing but `verify` makes one.
 */
import type { PoolKeys, TrustedKey } from './keys/pool-keys.ts'
import type { Rights } from './shared-rights.ts'

export interface Verified extends Rights {
  readonly kind: 'verified'
  readonly token: string
  readonly subject: string
  /** What access lines call it; undefined: nothing. Written once, as the header lines are. */
  readonly loggedSubject: string | undefined
  /** The finished header lines that tell the upstream who is calling. Anything else asks `identityPairs` of headers/. */
  readonly identityLines: string
  readonly key: TrustedKey
  readonly keys: PoolKeys
  /** Milliseconds, the clock tolerance included. */
  readonly expiresAtMs: number
}
