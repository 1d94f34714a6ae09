/** What an administrator does to one user. Each change is one call of Cognito, or a few. */
import type { AdminSetUserMFAPreferenceRequest, AttributeType } from '@aws-sdk/client-cognito-identity-provider'
import { toFault } from '../cognito.ts'
import type { Pool } from './pages.ts'

export type Change = 'disable' | 'enable' | 'delete' | 'reset-password' | 'sign-out'

/** Throws FaultError. */
export async function changeUser({ id, cognito, paced }: Pool, change: Change, name: string): Promise<void> {
  const request = { UserPoolId: id, Username: name }
  const calls = {
    disable: ['AdminDisableUser', () => cognito.adminDisableUser(request)],
    enable: ['AdminEnableUser', () => cognito.adminEnableUser(request)],
    delete: ['AdminDeleteUser', () => cognito.adminDeleteUser(request)],
    'reset-password': ['AdminResetUserPassword', () => cognito.adminResetUserPassword(request)],
    'sign-out': ['AdminUserGlobalSignOut', () => cognito.adminUserGlobalSignOut(request)],
  } as const satisfies Record<Change, readonly [string, () => Promise<unknown>]>
  const [action, call] = calls[change]
  await run(action, () => paced<unknown>(call))
}

export interface NewUser {
  readonly name: string
  readonly attributes: readonly AttributeType[]
  readonly groups: readonly string[]
  /** Undefined: Cognito makes one and sends it. */
  readonly password: string | undefined
  /** The user need not change the password. */
  readonly permanent: boolean
  readonly sendsMessage: boolean
}

/** Throws FaultError. What has been done before a fault stays done, and the fault says which call it was. */
export async function createUser({ id, cognito, paced }: Pool, user: NewUser): Promise<void> {
  const common = { UserPoolId: id, Username: user.name }
  const has = (name: string) => user.attributes.some(({ Name }) => Name === name)
  const medium = has('email') ? 'EMAIL' : 'SMS'
  const request = {
    ...common,
    UserAttributes: [...user.attributes],
    ...(user.password !== undefined && { TemporaryPassword: user.password }),
    ...(user.sendsMessage
      ? { DesiredDeliveryMediums: [medium] as ('EMAIL' | 'SMS')[] }
      : { MessageAction: 'SUPPRESS' as const }),
  }
  await run('AdminCreateUser', () => paced(() => cognito.adminCreateUser(request)))
  if (user.permanent && user.password !== undefined) {
    const password = { ...common, Password: user.password, Permanent: true }
    await run('AdminSetUserPassword', () => paced(() => cognito.adminSetUserPassword(password)))
  }
  for (const group of user.groups) await addToGroup({ id, cognito, paced }, user.name, group)
}

export async function addToGroup({ id, cognito, paced }: Pool, name: string, group: string): Promise<void> {
  const request = { UserPoolId: id, Username: name, GroupName: group }
  await run('AdminAddUserToGroup', () => paced(() => cognito.adminAddUserToGroup(request)))
}

export async function removeFromGroup({ id, cognito, paced }: Pool, name: string, group: string): Promise<void> {
  const request = { UserPoolId: id, Username: name, GroupName: group }
  await run('AdminRemoveUserFromGroup', () => paced(() => cognito.adminRemoveUserFromGroup(request)))
}

/** At most 100, which is all that Cognito allows. */
export async function listGroupsOf({ id, cognito, paced }: Pool, name: string): Promise<readonly string[]> {
  const found: string[] = []
  for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
    const request = { UserPoolId: id, Username: name, NextToken: next }
    const page = await run('AdminListGroupsForUser', () => paced(() => cognito.adminListGroupsForUser(request)))
    found.push(...(page.Groups ?? []).map(({ GroupName = '' }) => GroupName))
    next = page.NextToken
  }
  return found
}

export const FACTORS = ['totp', 'sms', 'email', 'off'] as const
export type Factor = (typeof FACTORS)[number]

const on = { Enabled: true, PreferredMfa: true }
const off = { Enabled: false, PreferredMfa: false }
const settings = {
  totp: { SoftwareTokenMfaSettings: on },
  sms: { SMSMfaSettings: on },
  email: { EmailMfaSettings: on },
  off: { SoftwareTokenMfaSettings: off, SMSMfaSettings: off },
} as const satisfies Record<Factor, Partial<AdminSetUserMFAPreferenceRequest>>

/** `totp` needs an app that the user has registered. `off` does not name e-mail, which pools of the plan Lite refuse. */
export async function setFactor({ id, cognito, paced }: Pool, name: string, factor: Factor): Promise<void> {
  const request = { UserPoolId: id, Username: name, ...settings[factor] }
  await run('AdminSetUserMFAPreference', () => paced(() => cognito.adminSetUserMFAPreference(request)))
}

/** Removes e-mail as a factor. Throws FaultError, also where the pool does not have it. */
export async function removeEmailFactor({ id, cognito, paced }: Pool, name: string): Promise<void> {
  const request = { UserPoolId: id, Username: name, EmailMfaSettings: off }
  await run('AdminSetUserMFAPreference', () => paced(() => cognito.adminSetUserMFAPreference(request)))
}

async function run<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toFault(error, action)
  }
}
