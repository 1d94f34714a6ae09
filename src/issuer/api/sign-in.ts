/** Sign-in by the API: a password or a first code, then whatever challenge the account asks for, then tokens. */
import type { Exchange } from '../exchange.ts'
import type { AppClient } from '../login/clients.ts'
import { issueTokens } from '../login/issue.ts'
import type { Mfa, User } from '../login/users.ts'
import { subjectOf } from '../login/users.ts'
import { API_SIGN_IN_SCOPE } from '../tokens.ts'
import type { ApiSession } from './api-state.ts'
import type { ApiCall, Input, Output } from './call.ts'
import { checkPassword, checkSecretHash, clientOf, deliveryTo, findAccount, mapOf, textOf } from './call.ts'
import { ApiFault, expiredCode, invalidParameter, invalidSession, wrongCode, wrongPassword } from './fault.ts'
import { findTotpStep } from './totp.ts'

interface Step {
  readonly exchange: Exchange
  readonly client: AppClient
  readonly user: User
}

export function initiateAuth(call: ApiCall): Output {
  const { exchange, input } = call
  const client = clientOf(call)
  const flow = textOf(input, 'AuthFlow')
  const parameters = mapOf(input, 'AuthParameters')
  if (client.authFlows !== undefined && !client.authFlows.includes(flow)) {
    throw invalidParameter(`${flow} flow not enabled for this client`)
  }
  if (flow !== 'USER_PASSWORD_AUTH' && flow !== 'USER_AUTH') throw invalidParameter(`Unsupported flow ${flow}`)
  const username = textOf(parameters, 'USERNAME')
  checkSecretHash(client, username, parameters['SECRET_HASH'])
  const user = findAccount(exchange, username)
  if (flow === 'USER_AUTH' && parameters['PASSWORD'] === undefined)
    return chooseFirst(exchange, client, { user, username, parameters })
  return afterPassword({
    exchange,
    client,
    user: withPassword(call, client, { user, password: parameters['PASSWORD'] }),
  })
}

interface Attempt {
  readonly user: User | undefined
  readonly password: unknown
}

function withPassword({ exchange }: Pick<ApiCall, 'exchange'>, client: AppClient, { user, password }: Attempt): User {
  const { api } = exchange.pool
  if (user === undefined) {
    if (client.preventUserExistenceErrors !== false) throw wrongPassword()
    throw new ApiFault('UserNotFoundException', 'User does not exist.')
  }
  if (api.isLocked(user.username)) throw new ApiFault('NotAuthorizedException', 'Password attempts exceeded')
  if (user.disabled === true) throw new ApiFault('NotAuthorizedException', 'User is disabled.')
  if (user.password !== password) {
    api.countFailure(user.username)
    throw wrongPassword()
  }
  api.forgive(user.username)
  return user
}

interface First {
  readonly user: User | undefined
  readonly username: string
  readonly parameters: Input
}

/** An unknown user meets a challenge too, which nothing answers. */
function chooseFirst(exchange: Exchange, client: AppClient, { user, username, parameters }: First): Output {
  const known = user ?? { username, password: '', email: 'u@example.com' }
  const step = { exchange, client, user: known }
  const preferred = parameters['PREFERRED_CHALLENGE']
  if (preferred === 'EMAIL_OTP' || preferred === 'SMS_OTP') return challengeWithCode(step, preferred)
  if (preferred === 'PASSWORD') return challenge(step, 'PASSWORD', {})
  return { ...challenge(step, 'SELECT_CHALLENGE', {}), AvailableChallenges: ['PASSWORD', 'EMAIL_OTP'] }
}

function afterPassword(step: Step): Output {
  const { user, exchange } = step
  if (user.status === 'UNCONFIRMED') throw new ApiFault('UserNotConfirmedException', 'User is not confirmed.')
  if (user.status === 'RESET_REQUIRED')
    throw new ApiFault('PasswordResetRequiredException', 'Password reset required for the user')
  if (user.status === 'FORCE_CHANGE_PASSWORD') {
    const missing = exchange.pool.requiredAttributes.filter((name) => name !== 'email' || user.email === undefined)
    return challenge(step, 'NEW_PASSWORD_REQUIRED', {
      requiredAttributes: JSON.stringify(missing.map((name) => `userAttributes.${name}`)),
      userAttributes: JSON.stringify({ email: user.email }),
    })
  }
  return askForFactor(step)
}

function askForFactor(step: Step): Output {
  const { user, exchange } = step
  const methods = user.mfa?.enabled ?? []
  const chosen = user.mfa?.preferred ?? (methods.length === 1 ? methods[0] : undefined)
  if (chosen !== undefined) return challengeFactor(step, chosen)
  if (methods.length > 1) return challenge(step, 'SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: JSON.stringify(methods) })
  if (exchange.pool.mfa === 'required')
    return challenge(step, 'MFA_SETUP', { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' })
  return signInWith(step)
}

function challengeFactor(step: Step, factor: Mfa): Output {
  if (factor !== 'SOFTWARE_TOKEN_MFA') return challengeWithCode(step, factor)
  return challenge(step, factor, { FRIENDLY_DEVICE_NAME: 'phone' })
}

function challengeWithCode(step: Step, name: string): Output {
  const { user, exchange } = step
  if (exchange.pool.findUser(user.username) !== undefined) exchange.pool.api.sendCode(user.username, 'sign-in')
  const { DeliveryMedium, Destination } = deliveryTo(name.startsWith('SMS') ? { phone: user.phone ?? '+1555' } : user)
  return challenge(step, name, {
    CODE_DELIVERY_DELIVERY_MEDIUM: DeliveryMedium,
    CODE_DELIVERY_DESTINATION: Destination,
  })
}

function challenge({ exchange, client, user }: Step, name: string, parameters: Output): Output {
  const session = exchange.pool.api.openSession({ username: user.username, clientId: client.clientId, challenge: name })
  return {
    ChallengeName: name,
    ChallengeParameters: { USER_ID_FOR_SRP: user.username, ...parameters },
    Session: session,
  }
}

function signInWith({ exchange, client, user }: Step): Output {
  const { pool, context } = exchange
  const signIn = { username: user.username, signedInAtMs: context.now() }
  const { family, token } = pool.refreshTokens.begin(client, { signIn, scope: API_SIGN_IN_SCOPE })
  return {
    AuthenticationResult: resultOf(
      issueTokens(exchange, { client, user, family, refreshToken: token, isRefresh: false }),
    ),
    ChallengeParameters: {},
  }
}

export function resultOf(tokens: Readonly<Record<string, unknown>>): Output {
  return {
    AccessToken: tokens['access_token'],
    IdToken: tokens['id_token'],
    RefreshToken: tokens['refresh_token'],
    ExpiresIn: tokens['expires_in'],
    TokenType: 'Bearer',
  }
}

type Answerer = (step: Step, responses: Input, session: ApiSession) => Output

const answers: Readonly<Record<string, Answerer>> = {
  SELECT_CHALLENGE: answerChoice,
  PASSWORD: (step, responses) =>
    afterPassword({
      ...step,
      user: withPassword(step, step.client, { user: step.user, password: responses['PASSWORD'] }),
    }),
  EMAIL_OTP: (step, responses) => withCode(step, responses['EMAIL_OTP_CODE']),
  SMS_OTP: (step, responses) => withCode(step, responses['SMS_OTP_CODE']),
  SMS_MFA: (step, responses) => withCode(step, responses['SMS_MFA_CODE']),
  SOFTWARE_TOKEN_MFA: answerTotp,
  SELECT_MFA_TYPE: (step, { ANSWER: answer }) => {
    const method = step.user.mfa?.enabled?.find((name) => name === answer)
    if (method === undefined) throw invalidParameter('Invalid ANSWER')
    return challengeFactor(step, method)
  },
  NEW_PASSWORD_REQUIRED: answerNewPassword,
  MFA_SETUP(step, _responses, { isSetUp, totpSecret }) {
    if (isSetUp !== true) throw invalidSession()
    const mfa = { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' } as const
    step.exchange.pool.putUser({ ...step.user, totpSecret, mfa })
    return signInWith(step)
  },
}

export function respondToAuthChallenge(call: ApiCall): Output {
  const { exchange, input } = call
  const { api } = exchange.pool
  const client = clientOf(call)
  const responses = mapOf(input, 'ChallengeResponses')
  const name = textOf(input, 'ChallengeName')
  const username = textOf(responses, 'USERNAME')
  checkSecretHash(client, username, responses['SECRET_HASH'])
  const sessionName = textOf(input, 'Session')
  const session = api.takeSession(sessionName)
  const answer = Object.hasOwn(answers, name) ? answers[name] : undefined
  if (
    session === undefined ||
    answer === undefined ||
    session.challenge !== name ||
    session.clientId !== client.clientId
  )
    throw invalidSession()
  // Cognito takes no other name than the one of the challenge.
  if (session.username !== username) throw invalidSession()
  const user = exchange.pool.findUser(username) ?? { username, password: '', disabled: true }
  try {
    return answer({ exchange, client, user }, responses, session)
  } catch (error) {
    keepAfterWrongCode(call, { sessionName, session, error })
    throw error
  }
}

const MOST_WRONG_CODES = 3

interface Failed {
  readonly sessionName: string
  readonly session: ApiSession
  readonly error: unknown
}

/** A wrong code may be corrected a few times with the same session. */
function keepAfterWrongCode({ exchange }: ApiCall, { sessionName, session, error }: Failed): void {
  const { failures = 0 } = session
  const isMistake =
    error instanceof ApiFault && (error.type === 'CodeMismatchException' || error.type === 'InvalidPasswordException')
  if (isMistake && failures < MOST_WRONG_CODES)
    exchange.pool.api.returnSession(sessionName, { ...session, failures: failures + 1 })
}

function answerChoice(step: Step, responses: Input): Output {
  const { ANSWER: choice } = responses
  if (choice === 'PASSWORD') {
    return afterPassword({
      ...step,
      user: withPassword(step, step.client, { user: step.user, password: responses['PASSWORD'] }),
    })
  }
  if (choice === 'EMAIL_OTP') return challengeWithCode(step, choice)
  throw invalidParameter('Invalid ANSWER')
}

/** The first factor of USER_AUTH, or the second one of a password. */
function withCode(step: Step, code: unknown): Output {
  const verdict = step.exchange.pool.api.checkCode(step.user.username, 'sign-in', code)
  if (verdict === 'expired') throw step.exchange.pool.findUser(step.user.username) ? expiredCode() : wrongCode()
  if (verdict !== 'ok') throw wrongCode()
  return signInWith(step)
}

/** RFC 6238 section 5.2: no code is good twice. */
function answerTotp(step: Step, responses: Input): Output {
  const { user, exchange } = step
  const found = findTotpStep(
    user.totpSecret ?? '',
    String(responses['SOFTWARE_TOKEN_MFA_CODE']),
    exchange.context.now(),
  )
  if (found === undefined) throw wrongCode()
  if (found <= (user.totpStep ?? -1)) throw expiredCode()
  const known = { ...user, totpStep: found }
  exchange.pool.putUser(known)
  return signInWith({ ...step, user: known })
}

function answerNewPassword(step: Step, responses: Input): Output {
  const password = textOf(responses, 'NEW_PASSWORD')
  checkPassword(password)
  const given = Object.entries(responses).filter(([name]) => name.startsWith('userAttributes.'))
  const attributes = Object.fromEntries(given.map(([name, value]) => [name.slice('userAttributes.'.length), value]))
  const user = { ...step.user, password, status: 'CONFIRMED' as const, ...attributes, sub: subjectOf(step.user) }
  step.exchange.pool.putUser(user)
  return askForFactor({ ...step, user })
}
