/**
 * A token whose signature, issuer, times, kind and client have been checked. The only proof of identity in this code:
 * nothing but `verify` makes one.
 */
import type { Claims } from './claims.ts'
import type { PoolKeys, TrustedKey } from './pool-keys.ts'

export interface Verified {
  readonly kind: 'verified'
  readonly token: string
  readonly claims: Claims
  readonly key: TrustedKey
  readonly keys: PoolKeys
  /** Milliseconds, the clock tolerance included. */
  readonly expiresAtMs: number
}
