/**
 * A look at users: names, states and phone numbers. `AttributesToGet` would narrow the answers, and fails at users without the
 * attribute.
 */
import type { UserType } from '@aws-sdk/client-cognito-identity-provider'
import { findPhoneMistake } from '../phone.ts'
import type { UserSample } from './facts.ts'
import type { Reading } from './reading.ts'

const pageSize = 60
const samplePages = 5
const staleMs = 365 * 24 * 3_600_000

/** The first 300 users in the order of Cognito, or all of them. */
export async function sampleUsers(id: string, reading: Reading): Promise<UserSample> {
  const { cognito, paced, now, all, onProgress } = reading
  const tally = createTally(now())
  const request = { UserPoolId: id, Limit: pageSize }
  for (let token: string | undefined, pages = 0; pages === 0 || token !== undefined; pages++) {
    if (pages === samplePages && !all) return { ...tally.found, complete: false }
    const page = await paced(() => cognito.listUsers({ ...request, PaginationToken: token }))
    for (const user of page.Users ?? []) tally.add(user)
    onProgress(tally.found.looked)
    token = page.PaginationToken
  }
  return { ...tally.found, complete: true }
}

function createTally(now: number) {
  const found = { looked: 0, badPhones: [] as string[], stale: 0, unconfirmed: 0 }
  return {
    found,
    add({ Username = '', UserStatus, UserLastModifiedDate, Attributes }: UserType): void {
      found.looked++
      if (UserStatus === 'UNCONFIRMED') found.unconfirmed++
      if (UserLastModifiedDate !== undefined && now - UserLastModifiedDate.getTime() > staleMs) found.stale++
      const phone = Attributes?.find(({ Name }) => Name === 'phone_number')?.Value
      if (phone !== undefined && findPhoneMistake(phone)) found.badPhones.push(Username)
    },
  }
}
