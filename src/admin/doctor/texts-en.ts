/** What each finding of `cogate doctor` means and what to do, in English. */
import type { Texts } from './findings.ts'

export const english: Texts = {
  mfa_off: {
    what: 'Nobody is asked for a second factor. A stolen password is enough.',
    fix: 'Turn MFA on, with authenticator apps.',
  },
  mfa_optional: {
    what: 'A second factor is up to each user.',
    fix: 'Require it when all users have one, or ask for it where it matters: routes[].acr and routes[].maxAuthAge of the gate.',
  },
  mfa_on: { what: 'Every user is asked for a second factor.' },
  totp_off: {
    what: 'Authenticator apps (TOTP) are not offered as a second factor.',
    fix: 'Offer them: they need no SMS.',
  },
  totp_on: { what: 'Authenticator apps (TOTP) are offered.' },
  sms_role_missing: {
    what: 'The pool has no role for Amazon SNS. It cannot send SMS, so SMS MFA cannot be set up.',
    fix: 'Nothing, if authenticator apps are enough. Otherwise give the pool a role, a spend limit and, outside of tests, an origination number.',
  },
  sms_failure: {
    what: 'SMS cannot be sent: {failure}',
    fix: 'Mend the role, or leave the SMS sandbox of Amazon SNS in {region}.',
  },
  sms_ok: { what: 'SMS goes out with the role {role}, region {region}.' },
  email_failure: { what: 'E-mail cannot be sent: {failure}', fix: 'Mend the identity in Amazon SES.' },
  email_default_sender: {
    what: 'E-mail goes out with the sender of Cognito: 50 a day in the whole account, and often taken for spam.',
    fix: 'Send with Amazon SES.',
  },
  password_short: { what: 'Passwords may have {length} characters.', fix: 'Ask for at least 12.' },
  password_ok: { what: 'Passwords have at least {length} characters.' },
  temporary_password_long: {
    what: 'A temporary password is good for {days} days.',
    fix: 'Let it end after a week; `cogate users create` makes a new one.',
  },
  sign_up_open: {
    what: 'Anyone can sign up and get a good token. A rule of the gate that names no group lets them in.',
    fix: 'Close the sign-up, or name groups or scopes in each rule.',
  },
  usernames_case_sensitive: {
    what: 'Anna and anna are two users.',
    fix: 'This is fixed when a pool is made. Make new pools with names that ignore case.',
  },
  deletion_protection_off: {
    what: 'One call deletes the pool with all its users.',
    fix: 'Turn deletion protection on.',
  },
  deletion_protection_on: { what: 'The pool is protected from deletion.' },
  plan: { what: 'Plan {plan}: {price}. If all of about {users} users are active in a month: about {cost}.' },
  threat_protection_unavailable: {
    what: 'Threat protection needs the plan Plus ($0.020 for each active user, none free: about {cost} a month here).',
  },
  threat_protection_unused: {
    what: 'The plan Plus is paid for, and threat protection is off.',
    fix: 'Turn it on, or change the plan.',
  },
  threat_protection_audit: {
    what: 'Threat protection only writes down what it sees.',
    fix: 'Let it act when its log has been read for two weeks.',
  },
  threat_protection_on: { what: 'Threat protection acts.' },
  triggers: { what: 'Lambda triggers: {triggers}.' },
  token_trigger_v1: {
    what: 'The trigger before tokens has version V1_0. It changes ID tokens alone; the gate reads access tokens.',
    fix: 'Use version V2_0.',
  },
  domain_missing: { what: 'The pool has no domain, so it has no sign-in pages and no token endpoint.' },
  domain_ok: { what: 'Domain {domain}: active.' },
  domain_not_active: {
    what: 'Domain {domain} is {status}.',
    fix: 'Look at its certificate in us-east-1 and at its DNS record.',
  },
  domain_classic: { what: 'Domain {domain} has the classic pages and not managed login.' },
  certificate_not_looked_at: {
    what: 'The certificate and the DNS record of {domain} were not looked at.',
    fix: 'The record must be an alias of {target}. The certificate: aws acm describe-certificate --region us-east-1 --certificate-arn {certificate}',
  },
  branding_missing: {
    what: 'The client has no style of managed login: its sign-in page does not open.',
    fix: 'Make one; the style of Cognito is enough.',
  },
  client_ok: { what: 'Flows: {flows}. Access tokens live {access}, refresh tokens {refresh}.' },
  client_reveals_users: {
    what: 'Errors tell whether a user exists.',
    fix: 'Set PreventUserExistenceErrors to ENABLED.',
  },
  client_revocation_off: { what: 'Tokens cannot be revoked.', fix: 'Turn token revocation on.' },
  client_access_token_long: {
    what: 'Access tokens live {access}. A gate takes them to their end, also of a user who is disabled or has left a group.',
    fix: 'Let them live an hour or less.',
  },
  client_refresh_token_long: { what: 'Refresh tokens live {refresh}.', fix: 'Let them live 30 days or less.' },
  client_implicit: {
    what: 'The implicit flow is on: tokens come in the address of a page.',
    fix: 'Use the code flow with PKCE.',
  },
  client_callback_plain: { what: 'A callback URL is plain http: {url}', fix: 'Use https.' },
  client_callback_loopback: {
    what: 'A callback URL is of the machine of a developer: {url}',
    fix: 'Take it out of the client for production.',
  },
  client_self_service_scope: {
    what: 'Tokens may have the scope aws.cognito.signin.user.admin: who has one may read and change the account of its user.',
    fix: 'Take the scope away, unless the app changes accounts itself.',
  },
  client_writes_custom: {
    what: 'Users may set these attributes themselves, with their own token: {attributes}.',
    fix: 'Take the right to write away, before anything is decided by them.',
  },
  client_machine: { what: 'Machines get tokens here, at $2.25 for 1,000. Each should use its token to the end.' },
  users_count: { what: 'About {users} users (an estimate of Cognito).' },
  users_phone: {
    what: '{count} of {looked} users have a phone number that is not E.164 (+81-90-… and +81090… must be +8190…): {names}.',
    fix: 'Set it again: aws cognito-idp admin-update-user-attributes --user-pool-id {pool} --username … --user-attributes Name=phone_number,Value=+8190…',
  },
  users_stale: {
    what: 'At {count} of {looked} users nothing has changed for a year. This is no proof that they do not sign in.',
    fix: 'cogate users cleanup --pool {pool} --inactive-for 365d --dry-run',
  },
  users_unconfirmed: { what: '{count} of {looked} users never confirmed their sign-up.' },
  users_sample: { what: 'The first {looked} users were looked at. --all looks at every one.' },
  not_looked_at: {
    what: 'Not looked at, for want of a permission: {actions}.',
    fix: 'Allow these read-only calls; docs/doctor.md has the policy.',
  },
  gate_ok: { what: 'The configuration of the gate fits the pool.' },
  gate_pool_other: {
    what: 'The gate does not accept this pool. It accepts {pools}.',
    fix: 'Set userPools[].id to {pool}.',
  },
  gate_issuer_form: {
    what: 'The gate expects the issuer {found}. Tokens of this pool have {issuer}.',
    fix: 'Leave userPools[].issuer out: both forms of Cognito are then accepted.',
  },
  gate_client_unknown: {
    what: 'The gate accepts the client {client}, which the pool does not have.',
    fix: 'Mend userPools[].clientIds.',
  },
  gate_group_unknown: {
    what: 'The rule {path} wants the group {group}, which the pool does not have: nobody can be in it.',
    fix: 'Make the group, or mend the name. Case counts.',
  },
  gate_scope_unknown: {
    what: 'The rule {path} wants the scope {scope}, which no resource server of the pool has.',
    fix: 'Make it, or mend the name: it is IDENTIFIER/SCOPE.',
  },
  gate_scope_of_no_client: {
    what: 'The rule {path} wants the scope {scope}, which no client of the gate may ask for.',
    fix: 'Allow it to a client.',
  },
  gate_domain_other: { what: 'login.domain is {found}. The pool has {domains}.', fix: 'Set login.domain.' },
  gate_login_client_unknown: {
    what: 'The pool does not have the client of login.clientId ({client}).',
    fix: 'Mend login.clientId.',
  },
  gate_login_no_code_flow: { what: 'The client of the browser sign-in may not use the code flow.', fix: 'Allow it.' },
  gate_login_secret: {
    what: 'login.clientSecret: {found}, and the client {wanted}. Each sign-in would fail at the token endpoint.',
    fix: 'Set COGATE_LOGIN_CLIENT_SECRET, or take it away.',
  },
  gate_login_callback: {
    what: 'The client does not have the callback URL of the gate, {url}.',
    fix: 'Add it to its callback URLs.',
  },
  gate_login_logout: {
    what: 'The client does not have the sign-out URL of the gate, {url}.',
    fix: 'Add it to its sign-out URLs.',
  },
  gate_login_scope: {
    what: 'login.scopes has {scope}, which the client may not ask for.',
    fix: 'Allow it, or take it out.',
  },
}
