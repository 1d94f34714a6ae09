/**
 * Reads a user pool with calls that change nothing. Must not call AdminGetUser: Cognito bills a user that it is asked about.
 */
import type { Cognito } from '../cognito.ts'
import { failureOf, isDenied, toFault } from '../cognito.ts'
import type { ClientFacts, PoolFacts } from './facts.ts'
import type { Reading } from './reading.ts'
import { sampleUsers } from './sample-users.ts'

/** Throws FaultError when the pool itself cannot be read; what else may not be read is in `denied`. */
export async function readPool(id: string, reading: Reading): Promise<PoolFacts> {
  const { cognito, paced } = reading
  const denied: string[] = []
  /** Undefined: the caller may not. */
  const attempt = async <T>(action: string, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await paced(call)
    } catch (error) {
      if (!isDenied(failureOf(error))) throw toFault(error, action)
      if (!denied.includes(action)) denied.push(action)
      return undefined
    }
  }
  const pool = await describePool(id, reading)
  const look: Look = { id, cognito, attempt }
  const clients = await readClients(look)
  return {
    id,
    pool,
    mfa: await attempt('GetUserPoolMfaConfig', () => cognito.getUserPoolMfaConfig({ UserPoolId: id })),
    clients,
    groups: await readGroups(look),
    scopes: await readScopes(look),
    domains: await readDomains(look, [pool.Domain, pool.CustomDomain]),
    branded: await readBranded(look, clients ?? []),
    users: await attempt('ListUsers', () => sampleUsers(id, reading)),
    denied,
  }
}

interface Look {
  readonly id: string
  readonly cognito: Cognito
  readonly attempt: <T>(action: string, call: () => Promise<T>) => Promise<T | undefined>
}

async function describePool(id: string, { cognito, paced }: Reading): Promise<PoolFacts['pool']> {
  try {
    const { UserPool } = await paced(() => cognito.describeUserPool({ UserPoolId: id }))
    return UserPool ?? {}
  } catch (error) {
    throw toFault(error, 'DescribeUserPool')
  }
}

async function readClients({ id, cognito, attempt }: Look): Promise<readonly ClientFacts[] | undefined> {
  const listed = await readPages(async (NextToken) => {
    const request = { UserPoolId: id, MaxResults: 60, NextToken }
    const page = await attempt('ListUserPoolClients', () => cognito.listUserPoolClients(request))
    return page && { items: page.UserPoolClients, next: page.NextToken }
  })
  if (listed === undefined) return undefined
  const found: ClientFacts[] = []
  for (const { ClientId } of listed) {
    const request = { UserPoolId: id, ClientId }
    const answer = await attempt('DescribeUserPoolClient', () => cognito.describeUserPoolClient(request))
    if (answer === undefined) return undefined
    const { ClientSecret, ...client } = answer.UserPoolClient ?? {}
    found.push({ ...client, hasSecret: ClientSecret !== undefined })
  }
  return found
}

async function readGroups({ id, cognito, attempt }: Look): Promise<readonly string[] | undefined> {
  const groups = await readPages(async (NextToken) => {
    const page = await attempt('ListGroups', () => cognito.listGroups({ UserPoolId: id, Limit: 60, NextToken }))
    return page && { items: page.Groups, next: page.NextToken }
  })
  return groups?.map(({ GroupName = '' }) => GroupName)
}

async function readScopes({ id, cognito, attempt }: Look): Promise<readonly string[] | undefined> {
  const servers = await readPages(async (NextToken) => {
    const request = { UserPoolId: id, MaxResults: 50, NextToken }
    const page = await attempt('ListResourceServers', () => cognito.listResourceServers(request))
    return page && { items: page.ResourceServers, next: page.NextToken }
  })
  return servers?.flatMap(({ Identifier, Scopes = [] }) => Scopes.map(({ ScopeName }) => `${Identifier}/${ScopeName}`))
}

async function readDomains({ cognito, attempt }: Look, names: readonly (string | undefined)[]) {
  const found: NonNullable<PoolFacts['domains']>[number][] = []
  for (const Domain of names.filter((name) => name !== undefined)) {
    const answer = await attempt('DescribeUserPoolDomain', () => cognito.describeUserPoolDomain({ Domain }))
    if (answer === undefined) return undefined
    found.push({ Domain, ...answer.DomainDescription })
  }
  return found
}

/** A client without pages is an error of the call, and no refusal. */
async function readBranded({ id, cognito, attempt }: Look, clients: readonly ClientFacts[]) {
  const branded = new Set<string>()
  for (const { ClientId = '', AllowedOAuthFlows: flows = [] } of clients) {
    if (flows.every((flow) => flow === 'client_credentials')) continue
    const request = { UserPoolId: id, ClientId }
    const found = await attempt('DescribeManagedLoginBrandingByClient', () =>
      cognito.describeManagedLoginBrandingByClient(request).then(
        () => 'yes',
        (error: unknown) => {
          if (failureOf(error).name === 'ResourceNotFoundException') return 'no'
          throw error
        },
      ),
    )
    if (found === undefined) return undefined
    if (found === 'yes') branded.add(ClientId)
  }
  return branded
}

interface Page<T> {
  readonly items: readonly T[] | undefined
  readonly next: string | undefined
}

async function readPages<T>(read: (next: string | undefined) => Promise<Page<T> | undefined>) {
  const items: T[] = []
  for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
    const page = await read(next)
    if (page === undefined) return undefined
    items.push(...(page.items ?? []))
    next = page.next
  }
  return items
}
