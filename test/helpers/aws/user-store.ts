/** A user pool with users in memory, as a script of the endpoint: pages of two, sign-ins, sessions, groups. */
import type { Answer, Input, Script } from './scripted.ts'

export const poolId = 'ap-northeast-1_AbCdEfGhI'
export const day = 24 * 3600

export interface StoredUser {
  readonly name: string
  /** Seconds since 1970. */
  readonly changed: number
  readonly attributes?: Readonly<Record<string, string>>
  readonly enabled?: boolean
  readonly signIns?: readonly number[]
  readonly sessions?: readonly number[]
}

export interface StoreOptions {
  readonly users?: readonly StoredUser[]
  readonly threatProtection?: boolean
  readonly sessionTracking?: boolean
}

const pageSize = 2

export function createStore({ users = [], threatProtection = false, sessionTracking = false }: StoreOptions): Script {
  const find = (input: Input, answer: (user: StoredUser) => Answer): Answer => {
    const user = users.find(({ name }) => name === input['Username'])
    return user ? answer(user) : { __type: 'UserNotFoundException', message: 'User does not exist.' }
  }
  const page = (token: unknown) => {
    const from = token === undefined ? 0 : Number(`${token}`.replace('from-', ''))
    const rest = from + pageSize < users.length ? `from-${from + pageSize}` : undefined
    return { users: users.slice(from, from + pageSize).map(describe), rest }
  }
  const done = (input: Input) => find(input, () => ({}))
  return {
    DescribeUserPool: () => ({
      UserPool: { Id: poolId, UserPoolAddOns: { AdvancedSecurityMode: threatProtection ? 'AUDIT' : 'OFF' } },
    }),
    GetUserPoolSessionConfiguration: () => ({ UserSessionTracking: sessionTracking ? 'ENABLED' : 'DISABLED' }),
    ListUsers: ({ PaginationToken }) => {
      const { users: Users, rest } = page(PaginationToken)
      return { Users, ...(rest && { PaginationToken: rest }) }
    },
    ListUsersInGroup: ({ NextToken }) => {
      const { users: Users, rest } = page(NextToken)
      return { Users, ...(rest && { NextToken: rest }) }
    },
    AdminListUserAuthEvents: (input) =>
      find(input, ({ signIns = [] }) => ({
        AuthEvents: signIns.flatMap((at) => [
          { EventType: 'SignIn', EventResponse: 'Pass', CreationDate: at },
          { EventType: 'SignIn', EventResponse: 'Fail', CreationDate: at + day },
        ]),
      })),
    AdminListUserSessions: (input) =>
      find(input, ({ sessions = [] }) => ({
        Sessions: sessions.map((at) => ({ SessionType: 'TOKEN', LastActiveDate: at })),
      })),
    AdminListGroupsForUser: (input) => {
      const isSecond = input['NextToken'] !== undefined
      const Groups = [{ GroupName: isSecond ? 'staff' : 'admin' }]
      return find(input, () => (isSecond ? { Groups } : { Groups, NextToken: 'second' }))
    },
    AdminCreateUser: ({ Username }) => ({ User: { Username } }),
    AdminSetUserPassword: () => ({}),
    AdminDisableUser: done,
    AdminEnableUser: done,
    AdminDeleteUser: done,
    AdminResetUserPassword: done,
    AdminUserGlobalSignOut: done,
    AdminSetUserMFAPreference: done,
    AdminAddUserToGroup: done,
    AdminRemoveUserFromGroup: done,
  }
}

function describe({ name, changed, attributes = {}, enabled = true }: StoredUser) {
  return {
    Username: name,
    UserStatus: 'CONFIRMED',
    Enabled: enabled,
    UserCreateDate: changed - day,
    UserLastModifiedDate: changed,
    Attributes: Object.entries({ sub: `sub-of-${name}`, ...attributes }).map(([Name, Value]) => ({ Name, Value })),
  }
}
