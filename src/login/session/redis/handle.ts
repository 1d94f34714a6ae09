/**
 * What the cookie of a session in Redis holds: the id of the session, and the key that opens its record. Both are new at
 * every sign-in.
 */
import { randomBytes } from 'node:crypto'
import type { CookieStyle } from '../cookies.ts'
import { sealContext, sealedPart, splitSession } from '../cookies.ts'
import type { Sealer } from '../seal.ts'

export interface Handle {
  readonly sid: string
  readonly key: Buffer
  /** The newest secret sealed it. */
  readonly isCurrent: boolean
}

const sidBytes = 32
const keyBytes = 32

export function newHandle(): Handle {
  return { sid: randomBytes(sidBytes).toString('base64url'), key: randomBytes(keyBytes), isCurrent: true }
}

/** The value of the cookie; always one chunk. */
export function sealHandle({ sid, key }: Handle, sealer: Sealer, { names }: CookieStyle): readonly string[] {
  const bytes = Buffer.concat([Buffer.from(sid, 'base64url'), key])
  return splitSession(sealer.seal(bytes, sealContext('1', names))) ?? []
}

/** Undefined for every text that `sealHandle` has not made. */
export function openHandle(text: string, sealer: Sealer, { names }: CookieStyle): Handle | undefined {
  const opened = sealer.open(sealedPart(text), sealContext(text, names))
  if (opened?.bytes.length !== sidBytes + keyBytes) return undefined
  const { bytes, isCurrent } = opened
  // Not a part of these bytes: they lie in a pool of 8 KiB, which a handle that is kept would keep.
  const key = Buffer.allocUnsafeSlow(keyBytes)
  bytes.copy(key, 0, sidBytes)
  return { sid: bytes.toString('base64url', 0, sidBytes), key, isCurrent }
}
