/** The people of the look-alike pool. Passwords are plain text, because there is nothing to protect. */
import { deriveSubject } from '../tokens.ts'

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
