/** Whether the configuration of the gate fits the pool: issuer, clients, groups and scopes of rules, browser sign-in. */
import type { Config } from '../../../config/config.ts'
import { regionOf } from '../../cognito.ts'
import type { ClientFacts, PoolFacts } from '../facts.ts'
import type { Finding } from '../findings.ts'
import { find } from '../findings.ts'

export function checkGate(config: Config, facts: PoolFacts): readonly Finding[] {
  const { id } = facts
  const own = config.userPools.find((pool) => pool.id === id)
  if (own === undefined) {
    return [find('gate_pool_other', { pool: id, pools: config.userPools.map((pool) => pool.id).join(', ') })]
  }
  const found = [
    ...checkIssuer(own.issuer, facts),
    ...checkClientIds(own.clientIds, facts),
    ...checkGroups(config, facts),
    ...checkScopes(config, own, facts),
    ...checkLogin(config, facts),
  ]
  return found.length === 0 ? [find('gate_ok')] : found
}

/** An issuer of another host is that of an emulator. */
function checkIssuer(found: string | undefined, { id, pool }: PoolFacts): readonly Finding[] {
  const host = pool.IssuerConfiguration?.Type === 'UPDATED' ? 'issuer-cognito-idp' : 'cognito-idp'
  const issuer = `https://${host}.${regionOf(id)}.amazonaws.com/${id}`
  if (found === undefined || !found.includes('.amazonaws.com') || found === issuer) return []
  return [find('gate_issuer_form', { found, issuer })]
}

function checkClientIds(ids: readonly string[], { clients }: PoolFacts): readonly Finding[] {
  const known = clients?.map(({ ClientId }) => ClientId)
  return ids.filter((id) => known?.includes(id) === false).map((client) => find('gate_client_unknown', { client }))
}

/** With several pools a rule may be about another one. */
function rulesFor({ routes, userPools }: Config, id: string): Config['routes'] {
  return routes.filter((route) => route.userPools?.includes(id) ?? userPools.length === 1)
}

function checkGroups(config: Config, { id, groups }: PoolFacts): readonly Finding[] {
  if (groups === undefined) return []
  return rulesFor(config, id).flatMap(({ path, groups: wanted = [] }) =>
    wanted
      .filter((group) => !groups.includes(group))
      .map((group) => find('gate_group_unknown', { path, group, pool: id })),
  )
}

const ownScopes = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin']

function checkScopes(config: Config, own: Config['userPools'][number], facts: PoolFacts): readonly Finding[] {
  const { id, scopes, clients } = facts
  if (scopes === undefined || clients === undefined) return []
  const users = clients.filter(({ ClientId = '' }) => own.insecureAnyClient || own.clientIds.includes(ClientId))
  // What API sign-in gives to every user.
  const given = users.some(({ ExplicitAuthFlows: flows = [] }) => flows.some((flow) => !/REFRESH/.test(flow)))
  const granted = new Set([
    ...users.flatMap(({ AllowedOAuthScopes = [] }) => AllowedOAuthScopes),
    ...(given ? ['aws.cognito.signin.user.admin'] : []),
  ])
  return rulesFor(config, id).flatMap(({ path, scopes: every = [], anyScope = [] }) =>
    [...every, ...anyScope].flatMap((scope) => {
      if (![...scopes, ...ownScopes].includes(scope)) return [find('gate_scope_unknown', { path, scope })]
      return granted.has(scope) ? [] : [find('gate_scope_of_no_client', { path, scope })]
    }),
  )
}

function checkLogin({ login, publicUrl, endpoints }: Config, facts: PoolFacts): readonly Finding[] {
  const { domain, clientId } = login
  const { clients, domains } = facts
  if (domain === undefined || clientId === undefined) return []
  const hosts = (domains ?? []).map(({ Domain = '' }) => hostOf(Domain, facts.id))
  const isOther = domains !== undefined && !hosts.includes(new URL(domain).host)
  const found = isOther ? [find('gate_domain_other', { found: domain, domains: hosts.join(', ') || '-' })] : []
  const client = clients?.find(({ ClientId }) => ClientId === clientId)
  if (client === undefined) {
    return clients === undefined ? found : [...found, find('gate_login_client_unknown', { client: clientId })]
  }
  return [...found, ...checkLoginClient(client, login), ...checkLoginUrls(client, `${publicUrl}${endpoints.prefix}`)]
}

function hostOf(domain: string, poolId: string): string {
  return domain.includes('.') ? domain : `${domain}.auth.${regionOf(poolId)}.amazoncognito.com`
}

function checkLoginClient(client: ClientFacts, { scopes, clientSecret }: Config['login']): readonly Finding[] {
  const { AllowedOAuthFlows: flows = [], AllowedOAuthScopes: allowed = [], hasSecret } = client
  const found = scopes.filter((scope) => !allowed.includes(scope)).map((scope) => find('gate_login_scope', { scope }))
  if (!flows.includes('code')) found.push(find('gate_login_no_code_flow'))
  if (hasSecret !== (clientSecret !== undefined)) {
    const words = hasSecret ? { found: '-', wanted: 'ClientSecret' } : { found: '***', wanted: '-' }
    found.push(find('gate_login_secret', words))
  }
  return found
}

function checkLoginUrls({ CallbackURLs = [], LogoutURLs = [] }: ClientFacts, base: string): readonly Finding[] {
  const callback = `${base}/callback`
  const logout = `${base}/logged-out`
  return [
    ...(CallbackURLs.includes(callback) ? [] : [find('gate_login_callback', { url: callback })]),
    ...(LogoutURLs.includes(logout) ? [] : [find('gate_login_logout', { url: logout })]),
  ]
}
