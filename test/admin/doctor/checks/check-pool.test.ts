/** What a pool says of itself beyond the two pools of the command's test. */
import t from 'tap'
import { checkClients, checkDomains } from '../../../../src/admin/doctor/checks/check-clients.ts'
import { checkPool } from '../../../../src/admin/doctor/checks/check-pool.ts'
import { checkUsers } from '../../../../src/admin/doctor/checks/check-users.ts'
import { writeCommands } from '../../../../src/admin/doctor/commands.ts'
import type { PoolFacts } from '../../../../src/admin/doctor/facts.ts'
import type { Finding } from '../../../../src/admin/doctor/findings.ts'
import { find } from '../../../../src/admin/doctor/findings.ts'

const id = 'eu-west-1_AbCdEfGhI'

function facts(pool: PoolFacts['pool'], rest: Partial<PoolFacts> = {}): PoolFacts {
  return { id, pool, denied: [], ...rest }
}

function names(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ check }) => check)
}

t.test('what AWS leaves out is read as its default', async (t) => {
  t.same(names(checkPool(facts({}))), [
    'mfa_off',
    'sms_role_missing',
    'email_default_sender',
    'password_short',
    'sign_up_open',
    'usernames_case_sensitive',
    'deletion_protection_off',
    'plan',
    'threat_protection_unavailable',
  ])
  t.same(names(checkUsers(facts({}))), ['users_count'])
})

t.test('MFA that is optional, with and without apps', async (t) => {
  const pool = { MfaConfiguration: 'OPTIONAL' } as const
  t.same(names(checkPool(facts(pool))).slice(0, 2), ['mfa_optional', 'sms_role_missing'])
  const off = checkPool(facts(pool, { mfa: { SoftwareTokenMfaConfiguration: { Enabled: false } } }))
  t.match(off.slice(0, 2), [{ check: 'mfa_optional' }, { check: 'totp_off', words: { mfa: 'OPTIONAL' } }])
})

t.test('messages that cannot be sent, with the reason of AWS', async (t) => {
  const found = checkPool(facts({ SmsConfigurationFailure: 'SNSSandbox', EmailConfigurationFailure: 'SESSandbox' }))
  t.match(found.slice(1, 3), [
    { check: 'sms_failure', words: { failure: 'SNSSandbox', region: 'eu-west-1' } },
    { check: 'email_failure', words: { failure: 'SESSandbox' } },
  ])
  const own = checkPool(facts({ SmsConfiguration: { SnsCallerArn: 'arn:sms' } }))
  t.match(own[1], { check: 'sms_ok', words: { region: 'eu-west-1' } })
})

t.test('threat protection that is paid for is on, off, or only watches; a plan to come is no fault', async (t) => {
  const protection = (UserPoolAddOns?: PoolFacts['pool']['UserPoolAddOns']) =>
    names(checkPool(facts({ UserPoolTier: 'PLUS', UserPoolAddOns }))).at(-1)
  t.equal(protection(), 'threat_protection_unused')
  t.equal(protection({ AdvancedSecurityMode: 'AUDIT' }), 'threat_protection_audit')
  t.equal(protection({ AdvancedSecurityMode: 'ENFORCED' }), 'threat_protection_on')
  const next = checkPool(facts({ UserPoolTier: 'NEXT' as 'PLUS' }))
  t.equal(names(next).at(-1), 'deletion_protection_off')
})

t.test('lives of tokens in every unit; what is not set has the default of Cognito', async (t) => {
  const lives = (client: object) =>
    checkClients(facts({}, { clients: [{ ...good, ...client }] })).map(({ check, words }) => [check, words['access']])
  t.same(lives({}), [['client_ok', '1 h']])
  t.same(lives({ AccessTokenValidity: 1800, TokenValidityUnits: { AccessToken: 'seconds' } }), [
    ['client_ok', '30 min'],
  ])
  t.same(lives({ AccessTokenValidity: 5 }), [['client_access_token_long', '5 h']])
  t.same(lives({ AccessTokenValidity: 0, RefreshTokenValidity: 60 }), [['client_refresh_token_long', '1 h']])
})

const good = {
  ClientId: 'web',
  hasSecret: false,
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
} as const

t.test('pages: a client with a style is good, and nothing is said when the styles could not be read', async (t) => {
  const clients = [{ ...good, AllowedOAuthFlows: ['code' as const] }]
  const domains = [{ Domain: 'members', ManagedLoginVersion: 2, Status: 'ACTIVE' as const }]
  t.same(names(checkClients(facts({}, { clients, domains, branded: new Set(['web']) }))), ['client_ok'])
  t.same(names(checkClients(facts({}, { clients, domains }))), ['client_ok'])
  t.same(names(checkClients(facts({}, { clients, domains, branded: new Set() }))), ['client_ok', 'branding_missing'])
})

t.test('domains: none, one with the classic pages, one without a state', async (t) => {
  t.same(names(checkDomains(facts({}, { domains: [] }))), ['domain_missing'])
  t.same(names(checkDomains(facts({}))), [])
  const [classic, odd] = [{ Domain: 'a', Status: 'ACTIVE', ManagedLoginVersion: 1 } as const, {}]
  t.same(names(checkDomains(facts({}, { domains: [classic, odd] }))), [
    'domain_ok',
    'domain_classic',
    'domain_not_active',
  ])
})

t.test('many users with bad numbers: three are named; a part of the users is called a part', async (t) => {
  const users = { looked: 300, complete: false, badPhones: ['a', 'b\u001b', 'c', 'd'], stale: 0, unconfirmed: 0 }
  t.match(checkUsers(facts({}, { users })), [
    { check: 'users_count' },
    { check: 'users_phone', words: { names: 'a, b?, c, …', count: '4' } },
    { check: 'users_sample', words: { looked: '300' } },
  ])
})

t.test('nothing to change gives no command, and a pool without sign-up settings gets none', async (t) => {
  t.same(writeCommands([find('sign_up_open'), find('mfa_optional')], facts({})), [])
  const [command = ''] = writeCommands([find('deletion_protection_off')], facts({ Name: 'members' }))
  t.equal(
    command,
    `aws cognito-idp update-user-pool --cli-input-json '{"UserPoolId":"${id}","PoolName":"members","DeletionProtection":"ACTIVE"}'`,
  )
})

t.test('a command says again what the pool has, every character of it, and steers no terminal', async (t) => {
  const text = "Hi 👩\u200d💻, it's {####}\u202e"
  const [command = ''] = writeCommands([find('deletion_protection_off')], facts({ EmailVerificationMessage: text }))
  t.notMatch(command, /\p{C}/u)
  const [, json = ''] = /--cli-input-json '(.*)'$/.exec(command) ?? []
  t.match(JSON.parse(json.replaceAll("'\\''", "'")), { EmailVerificationMessage: text })
})
