/**
 * A session in Redis as this process knows it.
 */
import type { Session } from '../store.ts'
import type { Handle } from './handle.ts'

export interface RedisSession extends Session {
  readonly handle: Handle
  /** Of the record; one more with every renewal. */
  readonly version: number
  /** When Redis was asked. */
  readonly loadedAt: number
}

/** The same session may come with a cookie of the newest secret and with one of an older secret. */
export function withHandle<S extends RedisSession>(session: S, handle: Handle): S {
  return session.isCurrent === handle.isCurrent ? session : { ...session, handle, isCurrent: handle.isCurrent }
}

const sessionOverhead = 4096

export function heldBytes({ record, caller }: RedisSession): number {
  return record.accessToken.length * 2 + (caller?.identityLines.length ?? 0) + sessionOverhead
}
