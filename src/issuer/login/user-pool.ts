/** The look-alike pool as its endpoints share it: people, app clients, and who has signed in. */

import { type ApiState, createApiState } from '../api/api-state.ts'
import { createDesk, type Desk, type Inbox } from '../desk.ts'
import type { AppClient } from './clients.ts'
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
import { createCodes, createSessions, type Expiring, type PendingCode, type SignIn } from './sign-ins.ts'
import { demoUsers, type User } from './users.ts'

export interface UserPool {
  readonly codes: Expiring<PendingCode>
  /** Of browsers, by the value of their cookie. */
  readonly sessions: Expiring<SignIn>
  readonly refreshTokens: RefreshTokens
  readonly desk: Desk & Inbox
  /** What the JSON API remembers. */
  readonly api: ApiState
  readonly mfa: 'optional' | 'required'
  /** Attributes that every user must have. */
  readonly requiredAttributes: readonly string[]
  /** Identifiers that `resource` may name; undefined: `resource` has no effect. */
  readonly resourceServers: readonly string[] | undefined
  /** Undefined where people sign in by their names. */
  findByEmail(email: string): User | undefined
  findUser(username: string): User | undefined
  /** Adds a user or replaces the one of this name: new groups are in the tokens of the next refresh. */
  putUser(user: User): void
  findClient(clientId: string): AppClient | undefined
  putClient(client: AppClient): void
}

export interface UserPoolOptions {
  /** Default: alice, bob and carol. */
  readonly users?: readonly User[] | undefined
  /** Of the API. `required`: who has no second factor sets one up at the next sign-in. Default `optional`. */
  readonly mfa?: 'optional' | 'required' | undefined
  /** Of the API: default `username`. */
  readonly signInBy?: 'username' | 'email' | undefined
  readonly requiredAttributes?: readonly string[] | undefined
  /** What `resource` may name, which is the `aud` of access tokens then. Default: it has no effect, as below the plan Essentials. */
  readonly resourceServers?: readonly string[] | undefined
  /** App clients beside the default one; one with its id replaces it. */
  readonly clients?: readonly AppClient[] | undefined
}

interface PoolContext {
  /** The default client. */
  readonly clientId: string
  readonly now: () => number
}

export function createUserPool(options: UserPoolOptions, { clientId, now }: PoolContext): UserPool {
  const users = new Map((options.users ?? demoUsers).map((user) => [user.username, user]))
  const clients = new Map<string, AppClient>([[clientId, { clientId, anyLoopbackUrl: true }]])
  const putClient = (client: AppClient) => {
    clients.set(client.clientId, { anyLoopbackUrl: client.clientId === clientId, ...client })
  }
  for (const client of options.clients ?? []) putClient(client)
  return {
    codes: createCodes(now),
    sessions: createSessions(now),
    refreshTokens: createRefreshTokens(now),
    desk: createDesk(),
    api: createApiState(now),
    mfa: options.mfa ?? 'optional',
    requiredAttributes: options.requiredAttributes ?? [],
    resourceServers: options.resourceServers,
    findByEmail: (email) =>
      options.signInBy === 'email' ? [...users.values()].find((user) => user.email === email) : undefined,
    findUser: (username) => users.get(username),
    putUser: (user) => void users.set(user.username, user),
    findClient: (id) => clients.get(id),
    putClient,
  }
}
