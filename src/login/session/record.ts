/**
 * What a session holds, and its form as bytes. Tokens are kept as the bytes that their base64url parts stand for: a third
 * shorter, so that most sessions fit one cookie.
 */
import { withDigits } from '../../tokens/claims.ts'
import type { KeptClaims } from '../oauth/verify-tokens.ts'

export interface SessionRecord {
  /** Random; new at every sign-in. */
  readonly sid: string
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number
  /** When it was last seen, at most a tenth of `session.idle` ago. */
  readonly seenAt: number
  readonly accessToken: string
  /** Undefined: the app client gives none, and the session ends with the access token. */
  readonly refreshToken: string | undefined
  /** Kept only where it is needed beyond its claims. */
  readonly idToken?: string | undefined
  /** Claims of the ID token (`session.claims`). */
  readonly claims: KeptClaims
  /** What its sign-in asked for beyond a sign-in; undefined: nothing. */
  readonly asked?: string | undefined
}

/** The layout: version, length of the JSON, JSON, then each token with its length; the ID token last, where there is one. */
const version = 1

export function packRecord({ accessToken, refreshToken, idToken, ...rest }: SessionRecord): Buffer {
  const json = Buffer.from(JSON.stringify([rest.sid, rest.createdAt, rest.seenAt, rest.claims, rest.asked]))
  const head = Buffer.alloc(5)
  head.writeUInt8(version, 0)
  head.writeUInt32BE(json.length, 1)
  const tokens = [packToken(accessToken), packToken(refreshToken ?? ''), ...(idToken ? [packToken(idToken)] : [])]
  return Buffer.concat([head, json, ...tokens])
}

/** Takes only what `packRecord` has made: the bytes were sealed, so whatever is wrong with them is our own mistake. */
export function unpackRecord(bytes: Buffer): SessionRecord | undefined {
  if (bytes.length < 5 || bytes[0] !== version) return undefined
  const end = 5 + bytes.readUInt32BE(1)
  const json = bytes.toString('utf8', 5, end)
  const [sid, createdAt, seenAt, , asked] = JSON.parse(json)
  const claims = exactly(json)
  const access = unpackToken(bytes, end)
  const refresh = unpackToken(bytes, access.end)
  const idToken = refresh.end < bytes.length ? unpackToken(bytes, refresh.end).token : undefined
  return {
    sid,
    createdAt,
    seenAt,
    claims,
    asked: asked ?? undefined,
    accessToken: access.token,
    refreshToken: refresh.token || undefined,
    idToken,
  }
}

/** The claims with every number as the token had it. */
function exactly(json: string): KeptClaims {
  const [, , , claims] = withDigits(json, JSON.parse(json)) as unknown as readonly [
    unknown,
    unknown,
    unknown,
    KeptClaims,
  ]
  return claims
}

/** One byte for the number of parts, 0 for a text that is not base64url throughout; two bytes for each length. */
function packToken(token: string): Buffer {
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'))
  const isExact = parts.length < 256 && parts.map((part) => part.toString('base64url')).join('.') === token
  const packed = isExact ? parts : [Buffer.from(token)]
  return Buffer.concat([Buffer.of(isExact ? parts.length : 0), ...packed.flatMap((part) => [lengthOf(part), part])])
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(part.length)
  return length
}

function unpackToken(bytes: Buffer, start: number): { readonly token: string; readonly end: number } {
  const count = bytes.readUInt8(start)
  const parts: string[] = []
  let end = start + 1
  do {
    const from = end + 2
    end = from + bytes.readUInt16BE(end)
    parts.push(bytes.toString(count === 0 ? 'utf8' : 'base64url', from, end))
  } while (parts.length < count)
  return { token: parts.join('.'), end }
}
