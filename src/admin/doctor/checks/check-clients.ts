/** What is good and bad about the app clients and the domain. */
import type { ClientFacts, PoolFacts } from '../facts.ts'
import type { Check, Finding, Words } from '../findings.ts'
import { find } from '../findings.ts'

export function checkClients(facts: PoolFacts): readonly Finding[] {
  return (facts.clients ?? []).flatMap((client) => checkClient(client, facts))
}

function checkClient(client: ClientFacts, facts: PoolFacts): readonly Finding[] {
  const { ClientId = '' } = client
  const found = [...checkTokens(client), ...checkFlows(client), ...checkPages(client, facts)]
  return found.map((finding) => ({ ...finding, client: ClientId, words: { ...finding.words, client: ClientId } }))
}

const minutes = { seconds: 1 / 60, minutes: 1, hours: 60, days: 24 * 60 } as const
const hour = 60
const month = 30 * 24 * 60

/** Without a unit Cognito counts access tokens in hours and refresh tokens in days; 0 is its default. */
function livesOf({ AccessTokenValidity, RefreshTokenValidity, TokenValidityUnits: units = {} }: ClientFacts) {
  return {
    access: (AccessTokenValidity || 1) * (AccessTokenValidity ? minutes[units.AccessToken ?? 'hours'] : hour),
    refresh: (RefreshTokenValidity || 30) * (RefreshTokenValidity ? minutes[units.RefreshToken ?? 'days'] : 24 * 60),
  }
}

/** `90 min`, `24 h`, `30 d`: read in both languages. */
function describeMinutes(count: number): string {
  if (count % (24 * 60) === 0) return `${count / 24 / 60} d`
  return count % 60 === 0 ? `${count / 60} h` : `${Math.round(count)} min`
}

function checkTokens(client: ClientFacts): readonly Finding[] {
  const { access, refresh } = livesOf(client)
  const isMachine = isForMachines(client)
  const flows = (client.AllowedOAuthFlows ?? client.ExplicitAuthFlows ?? []).join(', ') || '-'
  const words: Words = { access: describeMinutes(access), refresh: describeMinutes(refresh), flows }
  const wrong: readonly (readonly [boolean, Check])[] = [
    [client.PreventUserExistenceErrors !== 'ENABLED' && !isMachine, 'client_reveals_users'],
    [client.EnableTokenRevocation !== true && !isMachine, 'client_revocation_off'],
    [access > hour, 'client_access_token_long'],
    [refresh > month && !isMachine, 'client_refresh_token_long'],
  ]
  const found = wrong.filter(([isWrong]) => isWrong).map(([, check]) => find(check, words))
  return found.length === 0 ? [find('client_ok', words)] : found
}

function isForMachines({ AllowedOAuthFlows: flows = [] }: ClientFacts): boolean {
  return flows.length > 0 && flows.every((flow) => flow === 'client_credentials')
}

function checkFlows(client: ClientFacts): readonly Finding[] {
  const { AllowedOAuthFlows: flows = [], CallbackURLs: urls = [], AllowedOAuthScopes: scopes = [] } = client
  const custom = (client.WriteAttributes ?? []).filter((name) => name.startsWith('custom:'))
  const found = urls.flatMap((url) => checkUrl(url))
  if (flows.includes('implicit')) found.push(find('client_implicit'))
  if (flows.includes('client_credentials')) found.push(find('client_machine'))
  if (scopes.includes('aws.cognito.signin.user.admin')) found.push(find('client_self_service_scope'))
  if (custom.length > 0) found.push(find('client_writes_custom', { attributes: custom.join(', ') }))
  return found
}

/** Schemes of mobile apps are good. */
function checkUrl(url: string): Finding[] {
  if (!url.startsWith('http:') && !/^https:\/\/localhost\b/.test(url)) return []
  const isLocal = /^https?:\/\/localhost(?:[:/]|$)/.test(url)
  return [find(isLocal ? 'client_callback_loopback' : 'client_callback_plain', { url })]
}

function checkPages(client: ClientFacts, { id, domains = [], branded }: PoolFacts): readonly Finding[] {
  const hasPages = client.AllowedOAuthFlows?.some((flow) => flow !== 'client_credentials') ?? false
  const isManaged = domains.some(({ ManagedLoginVersion }) => ManagedLoginVersion === 2)
  if (!hasPages || !isManaged || branded === undefined || branded.has(client.ClientId ?? '')) return []
  return [find('branding_missing', { pool: id })]
}

export function checkDomains({ domains }: PoolFacts): readonly Finding[] {
  if (domains?.length === 0) return [find('domain_missing')]
  return (domains ?? []).flatMap((domain) => {
    const { Domain = '', Status = '-', CustomDomainConfig: custom, ManagedLoginVersion: version } = domain
    const found = [find(Status === 'ACTIVE' ? 'domain_ok' : 'domain_not_active', { domain: Domain, status: Status })]
    if (version === 1) found.push(find('domain_classic', { domain: Domain }))
    if (custom?.CertificateArn === undefined) return found
    const words = { domain: Domain, target: domain.CloudFrontDistribution ?? '-', certificate: custom.CertificateArn }
    return [...found, find('certificate_not_looked_at', words)]
  })
}
