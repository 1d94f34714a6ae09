/**
 * What `cogate doctor` can find, each with its verdict and what mends it. What a finding means is in the texts, one file a
 * language. `{word}` stands for a word of the finding.
 */

/** `note`: nothing to mend, and good to know. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'note'

export interface Mend {
  /** A property of the L2 construct of the AWS CDK. */
  readonly cdk?: string
  /** A command of the AWS CLI that changes nothing else. */
  readonly cli?: string
  /** What an update of the pool, or of the client that the finding is about, has to say. Must not be a matter of taste. */
  readonly change?: Readonly<Record<string, unknown>>
}

interface Kind extends Mend {
  readonly verdict: Verdict
}

export const KINDS = {
  mfa_off: {
    verdict: 'failed',
    cdk: 'mfa: Mfa.OPTIONAL, mfaSecondFactor: { otp: true, sms: false }',
    cli: 'aws cognito-idp set-user-pool-mfa-config --user-pool-id {pool} --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true',
  },
  mfa_optional: { verdict: 'warning', cdk: 'mfa: Mfa.REQUIRED' },
  mfa_on: { verdict: 'ok' },
  totp_off: {
    verdict: 'failed',
    cdk: 'mfaSecondFactor: { otp: true, sms: false }',
    cli: 'aws cognito-idp set-user-pool-mfa-config --user-pool-id {pool} --mfa-configuration {mfa} --software-token-mfa-configuration Enabled=true',
  },
  totp_on: { verdict: 'ok' },
  sms_role_missing: { verdict: 'note', cdk: 'enableSmsRole: true' },
  sms_failure: { verdict: 'failed' },
  sms_ok: { verdict: 'ok' },
  email_failure: { verdict: 'failed' },
  email_default_sender: {
    verdict: 'warning',
    cdk: "email: UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com' })",
  },
  password_short: {
    verdict: 'failed',
    cdk: 'passwordPolicy: { minLength: 12 }',
    change: { Policies: { PasswordPolicy: { MinimumLength: 12 } } },
  },
  password_ok: { verdict: 'ok' },
  temporary_password_long: {
    verdict: 'warning',
    cdk: 'passwordPolicy: { tempPasswordValidity: Duration.days(7) }',
    change: { Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 7 } } },
  },
  sign_up_open: {
    verdict: 'warning',
    cdk: 'selfSignUpEnabled: false',
  },
  usernames_case_sensitive: { verdict: 'warning', cdk: 'signInCaseSensitive: false' },
  deletion_protection_off: {
    verdict: 'failed',
    cdk: 'deletionProtection: true',
    change: { DeletionProtection: 'ACTIVE' },
  },
  deletion_protection_on: { verdict: 'ok' },
  plan: { verdict: 'note' },
  threat_protection_unavailable: { verdict: 'note', cdk: 'featurePlan: FeaturePlan.PLUS' },
  threat_protection_unused: {
    verdict: 'warning',
    cdk: 'standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION',
    change: { UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
  },
  threat_protection_audit: {
    verdict: 'warning',
    cdk: 'standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION',
  },
  threat_protection_on: { verdict: 'ok' },
  triggers: { verdict: 'note' },
  token_trigger_v1: {
    verdict: 'warning',
    cdk: 'userPool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler, LambdaVersion.V2_0)',
  },
  domain_missing: { verdict: 'note', cdk: "userPool.addDomain('Domain', { cognitoDomain: { domainPrefix } })" },
  domain_ok: { verdict: 'ok' },
  domain_not_active: { verdict: 'failed' },
  domain_classic: {
    verdict: 'note',
    cdk: 'managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN',
  },
  certificate_not_looked_at: { verdict: 'note' },
  branding_missing: {
    verdict: 'failed',
    cdk: 'new CfnManagedLoginBranding(this, "Branding", { userPoolId, clientId, useCognitoProvidedValues: true })',
    cli: 'aws cognito-idp create-managed-login-branding --user-pool-id {pool} --client-id {client} --use-cognito-provided-values',
  },
  client_ok: { verdict: 'ok' },
  client_reveals_users: {
    verdict: 'failed',
    cdk: 'preventUserExistenceErrors: true',
    change: { PreventUserExistenceErrors: 'ENABLED' },
  },
  client_revocation_off: {
    verdict: 'failed',
    cdk: 'enableTokenRevocation: true',
    change: { EnableTokenRevocation: true },
  },
  client_access_token_long: {
    verdict: 'warning',
    cdk: 'accessTokenValidity: Duration.hours(1)',
    change: { AccessTokenValidity: 60, TokenValidityUnits: { AccessToken: 'minutes' } },
  },
  client_refresh_token_long: {
    verdict: 'warning',
    cdk: 'refreshTokenValidity: Duration.days(30)',
    change: { RefreshTokenValidity: 30, TokenValidityUnits: { RefreshToken: 'days' } },
  },
  client_implicit: { verdict: 'failed', cdk: 'oAuth: { flows: { authorizationCodeGrant: true } }' },
  client_callback_plain: { verdict: 'failed', cdk: 'oAuth: { callbackUrls }' },
  client_callback_loopback: { verdict: 'warning', cdk: 'oAuth: { callbackUrls }' },
  client_self_service_scope: { verdict: 'warning', cdk: 'oAuth: { scopes }' },
  client_writes_custom: { verdict: 'warning', cdk: 'writeAttributes: new ClientAttributes()' },
  client_machine: { verdict: 'note' },
  users_count: { verdict: 'note' },
  users_phone: { verdict: 'failed' },
  users_stale: { verdict: 'warning' },
  users_unconfirmed: { verdict: 'note' },
  users_sample: { verdict: 'note' },
  not_looked_at: { verdict: 'note' },
  gate_ok: { verdict: 'ok' },
  gate_pool_other: { verdict: 'failed' },
  gate_issuer_form: { verdict: 'failed' },
  gate_client_unknown: { verdict: 'failed' },
  gate_group_unknown: {
    verdict: 'failed',
    cli: 'aws cognito-idp create-group --user-pool-id {pool} --group-name {group}',
  },
  gate_scope_unknown: { verdict: 'failed', cdk: 'userPool.addResourceServer("Api", { identifier, scopes })' },
  gate_scope_of_no_client: { verdict: 'failed', cdk: 'oAuth: { scopes }' },
  gate_domain_other: { verdict: 'failed' },
  gate_login_client_unknown: { verdict: 'failed' },
  gate_login_no_code_flow: { verdict: 'failed', cdk: 'oAuth: { flows: { authorizationCodeGrant: true } }' },
  gate_login_secret: { verdict: 'failed' },
  gate_login_callback: { verdict: 'failed', cdk: 'oAuth: { callbackUrls: ["{url}"] }' },
  gate_login_logout: { verdict: 'failed', cdk: 'oAuth: { logoutUrls: ["{url}"] }' },
  gate_login_scope: { verdict: 'failed', cdk: 'oAuth: { scopes }' },
} as const satisfies Readonly<Record<string, Kind>>

export type Check = keyof typeof KINDS

export interface Finding {
  readonly check: Check
  /** Id of the client that it is about. */
  readonly client?: string
  readonly words: Readonly<Record<string, string>>
}

export type Words = Finding['words']

export function find(check: Check, words: Words = {}): Finding {
  return { check, words }
}

export function kindOf({ check }: Finding): Kind {
  return KINDS[check]
}

export interface Text {
  readonly what: string
  /** What to do; a finding that needs nothing has none. */
  readonly fix?: string
}

export type Texts = Readonly<Record<Check, Text>>

/** A word that is missing shows as `{word}`. */
export function fill(text: string, words: Words): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole)
}

/** The same for a POSIX shell: each word is one of its words. */
export function fillCommand(command: string, words: Words): string {
  const quoted = Object.entries(words).map(([name, word]) => [name, /^[\w.:/@+-]+$/.test(word) ? word : quote(word)])
  return fill(command, Object.fromEntries(quoted))
}

/** One word of a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
