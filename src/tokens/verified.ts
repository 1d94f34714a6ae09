/**
 * A verified token: signature, issuer, times, token use and app client were checked. It is the only proof of identity
 * in this program; nothing but `verifyToken` may make one.
 */
import type { Asked } from './asked/asked.ts'
import type { PoolKeys, TrustedKey } from './keys/pool-keys.ts'
import type { Rights } from './shared-rights.ts'

/** RFC 7519 section 4.1.7, and the sign-in that the token comes from. Undefined when the token does not say. */
export interface TokenIds {
  readonly jti: string | undefined
  readonly origin: string | undefined
}

/** What a signed identity says besides the rights. Undefined when the token does not say. */
export interface CallerNames {
  /** The `iss` of the token. */
  readonly issuer: string
  readonly username: string | undefined
  readonly email: string | undefined
}

export interface Verified extends Rights {
  readonly kind: 'verified'
  readonly token: string
  readonly subject: string
  /** The subject in access log lines; undefined when they do not name it. Made once, because it costs a hash. */
  readonly loggedSubject: string | undefined
  /**
   * The finished identity headers: every request of the caller sends the same. Code that needs names and values calls
   * `identityPairs` in headers/.
   */
  readonly identityLines: string
  readonly key: TrustedKey
  readonly keys: PoolKeys
  /** How the caller signed in (`acr`); undefined when the token does not say. */
  readonly acr: string | undefined
  /** When the caller signed in (`auth_time`), in milliseconds since the epoch; undefined when the token does not say. */
  readonly signedInAtMs: number | undefined
  /** What some rule asks beside that. Undefined where none does. */
  readonly asked: Asked | undefined
  /** Undefined without an audit log. */
  readonly ids: TokenIds | undefined
  /** Undefined where no identity is signed. */
  readonly names: CallerNames | undefined
  /** Milliseconds since the epoch, the clock tolerance included. */
  readonly expiresAtMs: number
}
