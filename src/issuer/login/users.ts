/** The people of the look-alike pool. Passwords are plain text, because there is nothing to protect. */
import { deriveSubject } from '../tokens.ts'

/** As the API names second factors. */
export type Mfa = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP'

export interface User {
  readonly username: string
  readonly password: string
  /** Default: derived from the username, as in tokens that are made for development. */
  readonly sub?: string | undefined
  readonly email?: string | undefined
  /** Default false. Absent from tokens without an email. */
  readonly emailVerified?: boolean | undefined
  readonly name?: string | undefined
  readonly groups?: readonly string[] | undefined
  readonly phone?: string | undefined
  /** Default `CONFIRMED`. The sign-in pages take no notice of it. */
  readonly status?: 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED' | undefined
  readonly mfa?: { readonly enabled: readonly Mfa[]; readonly preferred?: Mfa | undefined } | undefined
  /** In base32. */
  readonly totpSecret?: string | undefined
  /** The step of the last code: none is good twice. */
  readonly totpStep?: number | undefined
  /** Not proved by a code yet. */
  readonly pendingSecret?: string | undefined
  /** A disabled user can neither sign in nor refresh. */
  readonly disabled?: boolean | undefined
}

export const DEMO_PASSWORD = 'demo-password'

export const demoUsers: readonly User[] = [
  {
    username: 'alice',
    password: DEMO_PASSWORD,
    email: 'alice@example.com',
    emailVerified: true,
    name: 'Alice Example',
    groups: ['admin'],
  },
  { username: 'bob', password: DEMO_PASSWORD, email: 'bob@example.com', emailVerified: true, name: 'Bob Example' },
  {
    username: 'carol',
    password: DEMO_PASSWORD,
    email: 'carol@example.com',
    emailVerified: false,
    name: 'Carol Example',
  },
]

export function subjectOf({ username, sub }: User): string {
  return sub ?? deriveSubject(username)
}

/** `openid` alone opens all attributes; beside other OIDC scopes it opens only theirs, as at Cognito. */
export function attributesFor(user: User, scope: string): Readonly<Record<string, string | boolean | undefined>> {
  const scopes = scope.split(' ')
  const isNarrowed = ['email', 'phone', 'profile'].some((name) => scopes.includes(name))
  const opens = (name: string) => !isNarrowed || scopes.includes(name)
  const { email, emailVerified = false, name } = user
  return {
    email: opens('email') ? email : undefined,
    email_verified: opens('email') && email !== undefined ? emailVerified : undefined,
    name: opens('profile') ? name : undefined,
  }
}
