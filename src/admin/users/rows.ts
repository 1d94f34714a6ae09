/** Users as people and programs read them: a line, a row of CSV, an object. Names and attributes come from users and are not trusted. */
import type { UserType } from '@aws-sdk/client-cognito-identity-provider'
import { printable } from '../printable.ts'
import type { Activity } from './activity.ts'

export interface Row {
  readonly username: string
  readonly sub: string
  readonly status: string
  readonly enabled: boolean
  readonly email: string
  readonly emailVerified: boolean
  readonly phoneNumber: string
  /** ISO 8601, UTC. */
  readonly created: string
  readonly changed: string
  readonly lastActive?: string
  readonly lastActiveBy?: Activity['by']
}

export function toRow(user: UserType, activity?: Activity): Row {
  const attributes = new Map(user.Attributes?.map(({ Name = '', Value = '' }) => [Name, Value]))
  return {
    username: user.Username ?? '',
    sub: attributes.get('sub') ?? '',
    status: user.UserStatus ?? '',
    enabled: user.Enabled ?? false,
    email: attributes.get('email') ?? '',
    emailVerified: attributes.get('email_verified') === 'true',
    phoneNumber: attributes.get('phone_number') ?? '',
    created: user.UserCreateDate?.toISOString() ?? '',
    changed: user.UserLastModifiedDate?.toISOString() ?? '',
    ...(activity && { lastActive: activity.at.toISOString(), lastActiveBy: activity.by }),
  }
}

export function toLine(row: Row): string {
  const { username, status, enabled, lastActive, lastActiveBy, changed, email } = row
  const when = lastActive === undefined ? `changed ${day(changed)}` : `active ${day(lastActive)} (${lastActiveBy})`
  const parts = [username.padEnd(36), (enabled ? status : `${status}, disabled`).padEnd(21), when, email]
  return printable(parts.filter((part) => part !== '').join('  '))
}

function day(time: string): string {
  return time.slice(0, 10)
}

const columns = [
  'username',
  'sub',
  'status',
  'enabled',
  'email',
  'emailVerified',
  'phoneNumber',
  'created',
  'changed',
] as const
const activityColumns = ['lastActive', 'lastActiveBy'] as const

/** RFC 4180. */
export function csvHead(withActivity: boolean): string {
  return [...columns, ...(withActivity ? activityColumns : [])].join(',')
}

export function toCsv(row: Row): string {
  const names = row.lastActive === undefined ? columns : [...columns, ...activityColumns]
  return names.map((name) => cell(String(row[name] ?? ''))).join(',')
}

/** A text that a spreadsheet would run as a formula gets an apostrophe, as spreadsheets write it. A phone number is none. */
function cell(text: string): string {
  const isFormula = /^[=@\-\t\r\n＝＠－＋]/.test(text) || (text.startsWith('+') && !/^\+\d+$/.test(text))
  const safe = (isFormula ? `'${text}` : text).replaceAll(/(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
