/**
 * The `session` of a challenge, as its caller holds it: what Cognito calls Session, and whose sign-in it is. Sealed, for a few
 * minutes, and in cookie mode for one browser only; and for one app client.
 */
import type { Sealer } from '../login/session/seal.ts'

export interface Pending {
  /** Of Cognito, which takes each of them once. */
  readonly session: string
  /** The name that Cognito knows the user by in this sign-in. */
  readonly username: string
  /** As the user has typed it. */
  readonly typed: string
  readonly challenge: string
}

/** Cognito's default (AuthSessionValidity). */
const lifeMs = 3 * 60_000

export interface Bound {
  /** Gates with one secret may have different app clients. */
  readonly clientId: string
  /** Hash of the binding cookie; '' in tokens mode. */
  readonly binding: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export function sealPending(sealer: Sealer, pending: Pending, bound: Bound): string {
  const { session, username, typed, challenge } = pending
  const text = JSON.stringify([bound.now + lifeMs, session, username, typed, challenge])
  return sealer.seal(Buffer.from(text), contextOf(bound))
}

/** Undefined: too old, of another browser, or not made here. */
export function openPending(sealer: Sealer, sealed: string, bound: Bound): Pending | undefined {
  const opened = sealer.open(sealed, contextOf(bound))
  if (opened === undefined) return undefined
  const [endsAt, session, username, typed, challenge] = JSON.parse(opened.bytes.toString())
  return bound.now < endsAt ? { session, username, typed, challenge } : undefined
}

function contextOf({ clientId, binding }: Bound): string {
  return `challenge ${clientId} ${binding}`
}
