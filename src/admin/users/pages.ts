/**
 * The users of a pool, page by page, with what is needed to go on after a stop. Cognito does not bill a user for being listed.
 */
import type { UserType } from '@aws-sdk/client-cognito-identity-provider'
import type { Cognito } from '../cognito.ts'
import { toFault } from '../cognito.ts'
import type { Paced } from '../pace.ts'

export interface Pool {
  readonly id: string
  readonly cognito: Cognito
  readonly paced: Paced
}

export interface Query {
  /** As ListUsers has it: `email ^= "anna"`. */
  readonly filter?: string | undefined
  /** Only users of this group; not together with `filter`. */
  readonly group?: string | undefined
  /** Where an earlier list stopped. */
  readonly resume?: string | undefined
  /** Default: 60, the most that Cognito gives at once. */
  readonly pageSize?: number
}

export interface Page {
  readonly users: readonly UserType[]
  /** Where the next page begins; undefined: this is the last one. */
  readonly next: string | undefined
}

/** Throws FaultError; `next` of the page before is then still good, for about an hour. */
export async function* readUsers(pool: Pool, query: Query): AsyncGenerator<Page> {
  for (let next = query.resume, first = true; first || next !== undefined; first = false) {
    const page: Page = await readPage(pool, query, next)
    yield page
    next = page.next
  }
}

async function readPage(
  { id, cognito, paced }: Pool,
  { filter, group, pageSize = 60 }: Query,
  token: string | undefined,
): Promise<Page> {
  const common = { UserPoolId: id, Limit: pageSize }
  try {
    if (group !== undefined) {
      const request = { ...common, GroupName: group, NextToken: token }
      const { Users = [], NextToken } = await paced(() => cognito.listUsersInGroup(request))
      return { users: Users, next: NextToken }
    }
    const request = { ...common, Filter: filter, PaginationToken: token }
    const { Users = [], PaginationToken } = await paced(() => cognito.listUsers(request))
    return { users: Users, next: PaginationToken }
  } catch (error) {
    throw toFault(error, group === undefined ? 'ListUsers' : 'ListUsersInGroup')
  }
}
