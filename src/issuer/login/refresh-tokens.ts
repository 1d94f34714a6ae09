/**
 * Refresh tokens of the look-alike. All tokens of one sign-in are a family: rotation makes a new member, and no member
 * lives longer than the first one would have.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { AppClient } from './clients.ts'
import type { SignIn } from './sign-ins.ts'

export interface Family {
  readonly clientId: string
  readonly signIn: SignIn
  readonly scope: string
  /** The `aud` of its access tokens. */
  readonly resource: string | undefined
  readonly originJti: string
  readonly eventId: string
  readonly endsAtMs: number
}

export interface Redeemed {
  readonly family: Family
  /** The next token, if the client rotates. */
  readonly next: string | undefined
}

export interface Granted {
  readonly signIn: SignIn
  readonly scope: string
  readonly resource?: string | undefined
}

export interface RefreshTokens {
  /** A new family and its first token. */
  begin(client: AppClient, granted: Granted): { readonly family: Family; readonly token: string }
  /** Undefined for a token that is unknown, expired, revoked, rotated away or of another client. */
  redeem(token: string, client: AppClient): Redeemed | undefined
  /** Ends the family of a token of this client. False when there is none. */
  revoke(token: string, clientId: string): boolean
  /** Ends all families of a user, as `GlobalSignOut` does. */
  revokeUser(username: string): void
  /** Whether the tokens of this family are revoked; also of access tokens, by their `origin_jti`. */
  isRevoked(originJti: string): boolean
}

interface Member {
  readonly family: Family
  rotatedAtMs?: number
}

const THIRTY_DAYS_SECONDS = 30 * 86_400

export function createRefreshTokens(now: () => number): RefreshTokens {
  const members = new Map<string, Member>()
  const revoked = new Set<string>()
  const addMember = (family: Family): string => {
    const token = createRefreshToken()
    members.set(token, { family })
    return token
  }
  const findMember = (token: string, clientId: string): Member | undefined => {
    const member = members.get(token)
    const family = member?.family
    if (family === undefined || family.clientId !== clientId || revoked.has(family.originJti)) return undefined
    return family.endsAtMs > now() ? member : undefined
  }
  return {
    begin(client, granted) {
      const family = createFamily(client, granted, now())
      return { family, token: addMember(family) }
    },
    redeem(token, client) {
      const member = findMember(token, client.clientId)
      if (member === undefined) return undefined
      const { family } = member
      const rotation = client.refreshTokenRotation
      if (rotation === undefined) return { family, next: undefined }
      if (member.rotatedAtMs !== undefined && now() >= member.rotatedAtMs + rotation.graceSeconds * 1000) {
        if (rotation.reuseRevokesAll === true) revoked.add(family.originJti)
        return undefined
      }
      member.rotatedAtMs ??= now()
      return { family, next: addMember(family) }
    },
    revoke(token, clientId) {
      const member = findMember(token, clientId)
      if (member !== undefined) revoked.add(member.family.originJti)
      return member !== undefined
    },
    revokeUser(username) {
      for (const { family } of members.values()) if (family.signIn.username === username) revoked.add(family.originJti)
    },
    isRevoked: (originJti) => revoked.has(originJti),
  }
}

function createFamily(client: AppClient, { signIn, scope, resource }: Granted, nowMs: number): Family {
  const { clientId, refreshTokenSeconds = THIRTY_DAYS_SECONDS } = client
  const endsAtMs = nowMs + refreshTokenSeconds * 1000
  return { clientId, signIn, scope, resource, originJti: randomUUID(), eventId: randomUUID(), endsAtMs }
}

const TOKEN_LENGTH = 1785
const joseHeader = Buffer.from('{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}').toString('base64url')

/** The form and the usual length of Cognito's, which are encrypted and mean nothing to anyone else. */
function createRefreshToken(): string {
  const [key, iv, tag] = [256, 12, 16].map((bytes) => randomBytes(bytes).toString('base64url'))
  const rest = TOKEN_LENGTH - [joseHeader, key, iv, tag].join('.').length - 1
  return [joseHeader, key, iv, randomBytes(rest).toString('base64url').slice(0, rest), tag].join('.')
}
