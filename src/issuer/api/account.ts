/** What a signed-in user does by the API: second factors, another password, new tokens, sign-out. */
import { issueTokens } from '../login/issue.ts'
import type { Mfa, User } from '../login/users.ts'
import { subjectOf } from '../login/users.ts'
import type { ApiSession } from './api-state.ts'
import type { ApiCall, Output } from './call.ts'
import { checkPassword, clientOf, mapOf, signedUser, textOf } from './call.ts'
import { ApiFault, invalidParameter, invalidSession, wrongPassword } from './fault.ts'
import { resultOf } from './sign-in.ts'
import { createTotpSecret, findTotpStep } from './totp.ts'

export function associateSoftwareToken(call: ApiCall): Output {
  const { exchange, input } = call
  const { pool } = exchange
  const totpSecret = createTotpSecret()
  if (input['Session'] === undefined) {
    const { user } = signedUser(call)
    pool.putUser({ ...user, pendingSecret: totpSecret })
    return { SecretCode: totpSecret }
  }
  const session = setupSession(call)
  return { SecretCode: totpSecret, Session: pool.api.openSession({ ...session, totpSecret }) }
}

export function verifySoftwareToken(call: ApiCall): Output {
  const { exchange, input } = call
  const { pool, context } = exchange
  const session = input['Session'] === undefined ? undefined : setupSession(call)
  const user = session === undefined ? signedUser(call).user : undefined
  const secret = session?.totpSecret ?? user?.pendingSecret
  const step = secret === undefined ? undefined : findTotpStep(secret, textOf(input, 'UserCode'), context.now())
  if (step === undefined) {
    if (session !== undefined) pool.api.returnSession(textOf(input, 'Session'), session)
    throw new ApiFault('EnableSoftwareTokenMFAException', 'Code mismatch')
  }
  if (user !== undefined) {
    pool.putUser({ ...user, totpSecret: secret, pendingSecret: undefined, totpStep: step })
    return { Status: 'SUCCESS' }
  }
  return { Status: 'SUCCESS', ...(session && { Session: pool.api.openSession({ ...session, isSetUp: true }) }) }
}

function setupSession({ exchange, input }: ApiCall): ApiSession {
  const session = exchange.pool.api.takeSession(input['Session'])
  if (session?.challenge !== 'MFA_SETUP') throw invalidSession()
  return session
}

const settings: Readonly<Record<string, Mfa>> = {
  SMSMfaSettings: 'SMS_MFA',
  SoftwareTokenMfaSettings: 'SOFTWARE_TOKEN_MFA',
  EmailMfaSettings: 'EMAIL_OTP',
}

export function setUserMfaPreference(call: ApiCall): Output {
  const { user } = signedUser(call)
  let { enabled = [], preferred } = user.mfa ?? {}
  for (const [name, factor] of Object.entries(settings)) {
    if (call.input[name] === undefined) continue
    const { Enabled: isOn, PreferredMfa: isPreferred } = mapOf(call.input, name)
    if (isOn === true && factor === 'SOFTWARE_TOKEN_MFA' && user.totpSecret === undefined) {
      throw invalidParameter('User has not verified software token mfa')
    }
    enabled = [...enabled.filter((known) => known !== factor), ...(isOn === true ? [factor] : [])]
    if (isPreferred === true) preferred = factor
    else if (preferred === factor) preferred = undefined
  }
  call.exchange.pool.putUser({ ...user, mfa: { enabled, preferred } })
  return {}
}

export function changePassword(call: ApiCall): Output {
  const { user } = signedUser(call)
  if (textOf(call.input, 'PreviousPassword') !== user.password) throw wrongPassword()
  const password = textOf(call.input, 'ProposedPassword')
  checkPassword(password)
  call.exchange.pool.putUser({ ...user, password })
  return {}
}

export function getUser(call: ApiCall): Output {
  const { user } = signedUser(call)
  const attributes = { sub: subjectOf(user), email: user.email, phone_number: user.phone, name: user.name }
  return {
    Username: user.username,
    UserAttributes: Object.entries(attributes).flatMap(([Name, Value]) =>
      Value === undefined ? [] : [{ Name, Value }],
    ),
    UserMFASettingList: user.mfa?.enabled ?? [],
    PreferredMfaSetting: user.mfa?.preferred,
  }
}

export function getTokensFromRefreshToken(call: ApiCall): Output {
  const { exchange, input } = call
  const { pool } = exchange
  const client = clientOf(call)
  if (client.clientSecret !== undefined && input['ClientSecret'] !== client.clientSecret) {
    throw new ApiFault('NotAuthorizedException', 'Client secret does not match')
  }
  const redeemed = pool.refreshTokens.redeem(textOf(input, 'RefreshToken'), client)
  const user: User | undefined = redeemed && pool.findUser(redeemed.family.signIn.username)
  if (redeemed === undefined || user === undefined || user.disabled === true) {
    throw new ApiFault('NotAuthorizedException', 'Invalid Refresh Token')
  }
  const { family, next } = redeemed
  return {
    AuthenticationResult: resultOf(
      issueTokens(exchange, { client, user, family, refreshToken: next, isRefresh: true }),
    ),
  }
}

export function revokeToken(call: ApiCall): Output {
  const { input, exchange } = call
  const client = clientOf(call)
  if (client.clientSecret !== undefined && input['ClientSecret'] !== client.clientSecret) {
    throw new ApiFault('UnauthorizedException', 'Invalid client credentials')
  }
  const token = textOf(input, 'Token')
  if (token.split('.').length === 3) throw new ApiFault('UnsupportedTokenTypeException', 'Unsupported token type')
  exchange.pool.refreshTokens.revoke(token, client.clientId)
  return {}
}

export function globalSignOut(call: ApiCall): Output {
  const { user } = signedUser(call)
  call.exchange.pool.refreshTokens.revokeUser(user.username)
  return {}
}
