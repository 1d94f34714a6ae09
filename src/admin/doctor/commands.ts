/**
 * The commands of the AWS CLI that change settings. `update-user-pool` and `update-user-pool-client` reset what they are not
 * given, so each command holds all settings of today beside what it changes.
 */
import { printableJson } from '../printable.ts'
import type { PoolFacts } from './facts.ts'
import type { Finding } from './findings.ts'
import { fillCommand, kindOf, quote } from './findings.ts'

/** In the order in which they must run. At most one update of the pool, and one of each client. */
export function writeCommands(findings: readonly Finding[], facts: PoolFacts): readonly string[] {
  const own = findings.flatMap((finding) => {
    const { verdict, cli } = kindOf(finding)
    return verdict === 'failed' && cli !== undefined ? [fillCommand(cli, finding.words)] : []
  })
  const clients = facts.clients ?? []
  const targets = [undefined, ...clients.map(({ ClientId }) => ClientId)]
  return [...own, ...targets.flatMap((id) => writeUpdate(id, findings, facts))]
}

function writeUpdate(clientId: string | undefined, findings: readonly Finding[], facts: PoolFacts): readonly string[] {
  const changes = findings.filter(({ client }) => client === clientId).flatMap((one) => kindOf(one).change ?? [])
  if (changes.length === 0) return []
  // A command before this one has turned MFA on.
  const factors = findings.some(({ check }) => check === 'mfa_off') ? { MfaConfiguration: 'OPTIONAL' } : {}
  const settings = clientId === undefined ? { ...poolSettings(facts), ...factors } : clientSettings(facts, clientId)
  const changed = (changes as readonly object[]).reduce(mergeDeep, settings)
  return [
    `aws cognito-idp update-user-pool${clientId === undefined ? '' : '-client'} --cli-input-json ${quote(printableJson(changed))}`,
  ]
}

/** As UpdateUserPoolRequest of the AWS SDK has them. */
const poolKeys = [
  ...['Policies', 'DeletionProtection', 'LambdaConfig', 'AutoVerifiedAttributes', 'SmsVerificationMessage'],
  ...[
    'EmailVerificationMessage',
    'EmailVerificationSubject',
    'VerificationMessageTemplate',
    'SmsAuthenticationMessage',
  ],
  ...[
    'UserAttributeUpdateSettings',
    'MfaConfiguration',
    'DeviceConfiguration',
    'EmailConfiguration',
    'SmsConfiguration',
  ],
  ...['UserPoolTags', 'AdminCreateUserConfig', 'UserPoolAddOns', 'DcrConfiguration', 'AccountRecoverySetting'],
  ...['UserPoolTier', 'KeyConfiguration', 'IssuerConfiguration', 'AcrConfiguration'],
]

function poolSettings({ id, pool }: PoolFacts): object {
  const { AdminCreateUserConfig: admin, Name } = pool
  // Cognito refuses this field beside TemporaryPasswordValidityDays, which has replaced it.
  const settings = { ...pool, AdminCreateUserConfig: admin && { ...admin, UnusedAccountValidityDays: undefined } }
  const kept = Object.entries(settings).filter(([key]) => poolKeys.includes(key))
  return { UserPoolId: id, PoolName: Name, ...Object.fromEntries(kept) }
}

const clientKeys = [
  ...['ClientName', 'RefreshTokenValidity', 'AccessTokenValidity', 'IdTokenValidity', 'TokenValidityUnits'],
  ...[
    'ReadAttributes',
    'WriteAttributes',
    'ExplicitAuthFlows',
    'SupportedIdentityProviders',
    'CallbackURLs',
    'LogoutURLs',
  ],
  ...['DefaultRedirectURI', 'AllowedOAuthFlows', 'AllowedOAuthScopes', 'AllowedOAuthFlowsUserPoolClient'],
  ...['AnalyticsConfiguration', 'PreventUserExistenceErrors', 'EnableTokenRevocation'],
  ...['EnablePropagateAdditionalUserContextData', 'AuthSessionValidity', 'RefreshTokenRotation'],
]

function clientSettings({ id, clients = [] }: PoolFacts, clientId: string): object {
  const client = clients.find(({ ClientId }) => ClientId === clientId) ?? {}
  const kept = Object.entries(client).filter(([key]) => clientKeys.includes(key))
  return { UserPoolId: id, ClientId: clientId, ...Object.fromEntries(kept) }
}

function mergeDeep(into: object, from: object): object {
  const known = into as Readonly<Record<string, unknown>>
  const merged = Object.entries(from).map(([key, value]) => {
    const isNested = isObject(value) && isObject(known[key])
    return [key, isNested ? mergeDeep(known[key] as object, value as object) : value] as const
  })
  return { ...into, ...Object.fromEntries(merged) }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
