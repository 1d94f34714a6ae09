/**
 * When a user was last active, as far as Cognito tells: a sign-in or a session that it has written down, or a change of the
 * account. The date of the last change alone says nothing about sign-ins.
 */
import type { UserType } from '@aws-sdk/client-cognito-identity-provider'
import { failureOf, toFault } from '../cognito.ts'
import type { Pool } from './pages.ts'

/** What the pool writes down. */
export interface Sources {
  /** Sign-ins, with threat protection. */
  readonly signIns: boolean
  /** Sessions that are open, with session tracking. */
  readonly sessions: boolean
}

export interface Activity {
  readonly at: Date
  readonly by: 'sign-in' | 'session' | 'change'
}

/** Throws FaultError. */
export async function findSources({ id, cognito, paced }: Pool): Promise<Sources> {
  try {
    const { UserPool } = await paced(() => cognito.describeUserPool({ UserPoolId: id }))
    const mode = UserPool?.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF'
    return { signIns: mode !== 'OFF', sessions: await tracksSessions({ id, cognito, paced }) }
  } catch (error) {
    throw toFault(error, 'DescribeUserPool')
  }
}

/** A pool of an older kind, or an account without the right, has none. */
async function tracksSessions({ id, cognito, paced }: Pool): Promise<boolean> {
  try {
    const settings = await paced(() => cognito.getUserPoolSessionConfiguration({ UserPoolId: id }))
    return settings.UserSessionTracking === 'ENABLED'
  } catch {
    return false
  }
}

/** Asks no further when a date is after `since` already. Throws FaultError. */
export async function findActivity(
  pool: Pool,
  user: UserType,
  sources: Sources,
  since = new Date(8.64e15),
): Promise<Activity> {
  const changed = user.UserLastModifiedDate ?? user.UserCreateDate ?? new Date(0)
  const found: Activity[] = [{ at: changed, by: 'change' }]
  if (changed >= since) return { at: changed, by: 'change' }
  const { Username: name = '' } = user
  const asked: readonly [boolean, Activity['by'], typeof lastSignIn][] = [
    [sources.signIns, 'sign-in', lastSignIn],
    [sources.sessions, 'session', lastSession],
  ]
  for (const [isKept, by, ask] of asked) {
    const at = isKept ? await ask(pool, name) : undefined
    if (at !== undefined) found.push({ at, by })
  }
  return found.reduce((latest, one) => (one.at > latest.at ? one : latest))
}

/** Cognito does not promise an order, so all events of the first page count. */
async function lastSignIn({ id, cognito, paced }: Pool, name: string): Promise<Date | undefined> {
  const request = { UserPoolId: id, Username: name, MaxResults: 60 }
  try {
    const { AuthEvents = [] } = await paced(() => cognito.adminListUserAuthEvents(request))
    const good = AuthEvents.filter(({ EventResponse }) => EventResponse === 'Pass')
    return latest(good.map(({ CreationDate }) => CreationDate))
  } catch (error) {
    return gone(error, 'AdminListUserAuthEvents')
  }
}

async function lastSession({ id, cognito, paced }: Pool, name: string): Promise<Date | undefined> {
  try {
    const { Sessions = [] } = await paced(() => cognito.adminListUserSessions({ UserPoolId: id, Username: name }))
    return latest(Sessions.map(({ LastActiveDate, CreateDate }) => LastActiveDate ?? CreateDate))
  } catch (error) {
    return gone(error, 'AdminListUserSessions')
  }
}

/** A user may be deleted while the list is read. */
function gone(error: unknown, action: string): undefined {
  if (failureOf(error).name !== 'UserNotFoundException') throw toFault(error, action)
}

function latest(dates: readonly (Date | undefined)[]): Date | undefined {
  const times = dates.flatMap((date) => date?.getTime() ?? [])
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}
