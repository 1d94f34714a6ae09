/**
 * What the JSON API of the look-alike remembers: sessions between two challenges, codes that were sent, failures, and every
 * request for a test to look at.
 */
import { randomBytes, randomInt } from 'node:crypto'

/** A sign-in between two challenges. Its name is good for one answer. */
export interface ApiSession {
  readonly username: string
  readonly clientId: string
  readonly challenge: string
  /** Of MFA_SETUP: what `AssociateSoftwareToken` has made, and whether a code has proved it. */
  readonly totpSecret?: string
  readonly isSetUp?: boolean
  readonly endsAtMs: number
  /** Wrong codes so far: they do not use the session up, until there are too many. */
  readonly failures?: number
}

export interface ApiRequest {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface PlannedApiFault {
  /** Default: any. */
  readonly operation?: string | undefined
  /** Of Cognito: `InternalErrorException`. */
  readonly type: string
  readonly message?: string | undefined
}

export type CodePurpose = 'confirm' | 'reset' | 'sign-in'

interface SentCode {
  readonly code: string
  readonly endsAtMs: number
  readonly failures: number
}

export interface ApiState {
  readonly requests: ApiRequest[]
  readonly faults: PlannedApiFault[]
  /** Returns its name. */
  openSession(session: Omit<ApiSession, 'endsAtMs'>): string
  /** Takes the session away: no name is good twice. */
  takeSession(name: unknown): ApiSession | undefined
  /** Keeps the name good after a wrong code. */
  returnSession(name: string, session: ApiSession): void
  sendCode(username: string, purpose: CodePurpose): string
  /** `ok` uses the code up. */
  checkCode(username: string, purpose: CodePurpose, code: unknown): 'ok' | 'mismatch' | 'expired' | 'too-many'
  lastCode(username: string): string | undefined
  /** False: so often that Cognito refuses. */
  countSent(username: string): boolean
  /** Wrong passwords of a user; each beyond the fifth doubles the time in which no password is looked at. */
  isLocked(username: string): boolean
  countFailure(username: string): void
  forgive(username: string): void
}

const SESSION_MS = 3 * 60_000
const CODE_MS = 60 * 60_000
const MOST_CODES_AN_HOUR = 5
const MOST_MISMATCHES = 5

export function createApiState(now: () => number): ApiState {
  const sessions = new Map<string, ApiSession>()
  const codes = new Map<string, SentCode>()
  const last = new Map<string, string>()
  const sentAt = new Map<string, number[]>()
  return {
    requests: [],
    faults: [],
    openSession(session) {
      const name = randomBytes(96).toString('base64url')
      sessions.set(name, { ...session, endsAtMs: now() + SESSION_MS })
      return name
    },
    takeSession(name) {
      const session = typeof name === 'string' ? sessions.get(name) : undefined
      sessions.delete(String(name))
      return session !== undefined && session.endsAtMs > now() ? session : undefined
    },
    returnSession: (name, session) => void sessions.set(name, session),
    sendCode(username, purpose) {
      const code = String(randomInt(1_000_000)).padStart(6, '0')
      codes.set(`${purpose} ${username}`, { code, endsAtMs: now() + CODE_MS, failures: 0 })
      last.set(username, code)
      return code
    },
    checkCode(username, purpose, code) {
      const key = `${purpose} ${username}`
      const sent = codes.get(key)
      if (sent === undefined || sent.endsAtMs <= now()) return 'expired'
      if (sent.failures >= MOST_MISMATCHES) return 'too-many'
      if (sent.code === code) codes.delete(key)
      else codes.set(key, { ...sent, failures: sent.failures + 1 })
      return sent.code === code ? 'ok' : 'mismatch'
    },
    lastCode: (username) => last.get(username),
    countSent(username) {
      const recent = (sentAt.get(username) ?? []).filter((time) => time > now() - 60 * 60_000)
      sentAt.set(username, [...recent, now()])
      return recent.length < MOST_CODES_AN_HOUR
    },
    ...createLockout(now),
  }
}

const FREE_FAILURES = 5
const LONGEST_LOCK_MS = 15 * 60_000

function createLockout(now: () => number): Pick<ApiState, 'isLocked' | 'countFailure' | 'forgive'> {
  const failures = new Map<string, { readonly count: number; readonly untilMs: number }>()
  return {
    isLocked: (username) => (failures.get(username)?.untilMs ?? 0) > now(),
    countFailure(username) {
      const count = (failures.get(username)?.count ?? 0) + 1
      const lockMs = count < FREE_FAILURES ? 0 : Math.min(1000 * 2 ** (count - FREE_FAILURES), LONGEST_LOCK_MS)
      failures.set(username, { count, untilMs: now() + lockMs })
    },
    forgive: (username) => void failures.delete(username),
  }
}
