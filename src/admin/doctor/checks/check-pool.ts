/** What is good and bad about the pool itself: factors, passwords, messages, plan, triggers. */
import type { PoolFacts } from '../facts.ts'
import type { Check, Finding, Words } from '../findings.ts'
import { find } from '../findings.ts'
import type { Plan } from '../prices.ts'
import { costOf, describePrice, isPlan } from '../prices.ts'

export function checkPool(facts: PoolFacts): readonly Finding[] {
  const { pool } = facts
  return [
    ...checkFactors(facts),
    ...checkMessages(facts),
    ...checkPasswords(pool),
    ...checkNames(pool),
    find(pool.DeletionProtection === 'ACTIVE' ? 'deletion_protection_on' : 'deletion_protection_off'),
    ...checkPlan(pool),
    ...checkTriggers(pool),
  ]
}

type Pool = PoolFacts['pool']

function checkFactors({ id, pool, mfa }: PoolFacts): readonly Finding[] {
  const mode = pool.MfaConfiguration ?? 'OFF'
  if (mode === 'OFF') return [find('mfa_off', { pool: id })]
  const found = find(mode === 'ON' ? 'mfa_on' : 'mfa_optional')
  if (mfa === undefined) return [found]
  const hasTotp = mfa.SoftwareTokenMfaConfiguration?.Enabled === true
  return [found, hasTotp ? find('totp_on') : find('totp_off', { pool: id, mfa: mode })]
}

function checkMessages({ id, pool }: PoolFacts): readonly Finding[] {
  const { SmsConfiguration: sms, SmsConfigurationFailure: smsFailure, EmailConfigurationFailure: failure } = pool
  const region = sms?.SnsRegion ?? id.replace(/_.*/, '')
  const found: Finding[] = []
  if (smsFailure !== undefined) found.push(find('sms_failure', { failure: smsFailure, region }))
  else if (sms?.SnsCallerArn === undefined) found.push(find('sms_role_missing'))
  else found.push(find('sms_ok', { role: sms.SnsCallerArn, region }))
  if (failure !== undefined) found.push(find('email_failure', { failure }))
  else if (pool.EmailConfiguration?.EmailSendingAccount !== 'DEVELOPER') found.push(find('email_default_sender'))
  return found
}

const goodLength = 12
const goodDays = 7

function checkPasswords({ Policies }: Pool): readonly Finding[] {
  const { MinimumLength: length = 8, TemporaryPasswordValidityDays: days = goodDays } = Policies?.PasswordPolicy ?? {}
  const found = find(length < goodLength ? 'password_short' : 'password_ok', { length: String(length) })
  return days > goodDays ? [found, find('temporary_password_long', { days: String(days) })] : [found]
}

function checkNames({ AdminCreateUserConfig, UsernameConfiguration }: Pool): readonly Finding[] {
  const found: Finding[] = []
  if (AdminCreateUserConfig?.AllowAdminCreateUserOnly !== true) found.push(find('sign_up_open'))
  if (UsernameConfiguration?.CaseSensitive !== false) found.push(find('usernames_case_sensitive'))
  return found
}

function checkPlan({ UserPoolTier = 'ESSENTIALS', EstimatedNumberOfUsers: users = 0, UserPoolAddOns }: Pool) {
  if (!isPlan(UserPoolTier)) return []
  const words = (plan: Plan): Words => ({ cost: `$${costOf(plan, users).toLocaleString('en')}` })
  const found = [
    find('plan', {
      ...words(UserPoolTier),
      plan: UserPoolTier,
      price: describePrice(UserPoolTier),
      users: users.toLocaleString('en'),
    }),
  ]
  if (UserPoolTier !== 'PLUS') return [...found, find('threat_protection_unavailable', words('PLUS'))]
  return [...found, find(protections[UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF'])]
}

const protections = {
  OFF: 'threat_protection_unused',
  AUDIT: 'threat_protection_audit',
  ENFORCED: 'threat_protection_on',
} as const satisfies Record<string, Check>

function checkTriggers({ LambdaConfig = {} }: Pool): readonly Finding[] {
  const version = LambdaConfig.PreTokenGenerationConfig?.LambdaVersion
  const names = Object.entries(LambdaConfig)
    .filter(([name, value]) => value !== undefined && name !== 'KMSKeyID' && name !== 'PreTokenGenerationConfig')
    .map(([name]) => (name === 'PreTokenGeneration' ? `${name} ${version ?? 'V1_0'}` : name))
  if (names.length === 0) return []
  const isOld = LambdaConfig.PreTokenGeneration !== undefined && (version ?? 'V1_0') === 'V1_0'
  return [find('triggers', { triggers: names.join(', ') }), ...(isOld ? [find('token_trigger_v1')] : [])]
}
