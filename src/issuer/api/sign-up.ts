/** New users and forgotten passwords: what may be called without a token, and tells nobody who exists. */
import type { User } from '../login/users.ts'
import type { CodePurpose } from './api-state.ts'
import type { ApiCall, Input, Output } from './call.ts'
import { checkPassword, checkSecretHash, clientOf, deliveryTo, findAccount, textOf } from './call.ts'
import { ApiFault, expiredCode, invalidParameter, wrongCode } from './fault.ts'

export function signUp(call: ApiCall): Output {
  const { exchange, input } = call
  const username = textOf(input, 'Username')
  checkSecretHash(clientOf(call), username, input['SecretHash'])
  const password = textOf(input, 'Password')
  checkPassword(password)
  if (findAccount(exchange, username) !== undefined) {
    throw new ApiFault('UsernameExistsException', 'User already exists')
  }
  const user: User = { username, password, status: 'UNCONFIRMED', ...attributesOf(input['UserAttributes']) }
  exchange.pool.putUser(user)
  exchange.pool.api.sendCode(username, 'confirm')
  return { UserConfirmed: false, UserSub: 'hidden', CodeDeliveryDetails: deliveryTo(user) }
}

function attributesOf(list: unknown): Partial<User> {
  const pairs = Array.isArray(list) ? (list as readonly { Name: string; Value: string }[]) : []
  const given = new Map(pairs.map(({ Name, Value }) => [Name, Value]))
  return { email: given.get('email'), phone: given.get('phone_number'), name: given.get('name') }
}

export function confirmSignUp(call: ApiCall): Output {
  const user = accountOf(call)
  if (user === undefined) throw unknownUser(call) ?? expiredCode()
  if (user.status !== 'UNCONFIRMED') {
    throw new ApiFault('NotAuthorizedException', 'User cannot be confirmed. Current status is CONFIRMED')
  }
  useCode(call, user, 'confirm')
  call.exchange.pool.putUser({ ...user, status: 'CONFIRMED', emailVerified: user.email !== undefined })
  return {}
}

export function resendConfirmationCode(call: ApiCall): Output {
  const user = accountOf(call)
  if (user === undefined) {
    const fault = unknownUser(call)
    if (fault) throw fault
    return { CodeDeliveryDetails: deliveryTo({ email: 'u@example.com' }) }
  }
  if (user.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.')
  return send(call, user, 'confirm')
}

/** Unknown users get a delivery that is none, and every second time an error that names none (developer guide). */
export function forgotPassword(call: ApiCall): Output {
  const { api } = call.exchange.pool
  const user = accountOf(call)
  if (user !== undefined) return send(call, user, 'reset')
  const fault = unknownUser(call)
  if (fault) throw fault
  const isOdd = api.requests.filter(({ operation }) => operation === 'ForgotPassword').length % 2 === 1
  if (isOdd) return { CodeDeliveryDetails: deliveryTo({ email: 'u@example.com' }) }
  throw invalidParameter('Cannot reset password for the user as there is no registered/verified email or phone_number')
}

export function confirmForgotPassword(call: ApiCall): Output {
  const password = textOf(call.input, 'Password')
  const user = accountOf(call)
  if (user === undefined) throw unknownUser(call) ?? expiredCode()
  checkPassword(password)
  useCode(call, user, 'reset')
  call.exchange.pool.api.forgive(user.username)
  call.exchange.pool.putUser({ ...user, password, status: 'CONFIRMED' })
  return {}
}

function accountOf(call: ApiCall): User | undefined {
  const { exchange, input } = call
  const username = textOf(input, 'Username')
  checkSecretHash(clientOf(call), username, input['SecretHash'])
  return findAccount(exchange, username)
}

/** Undefined where the app client hides who exists. */
function unknownUser(call: ApiCall): ApiFault | undefined {
  if (clientOf(call).preventUserExistenceErrors !== false) return undefined
  return new ApiFault('UserNotFoundException', 'Username/client id combination not found.')
}

function send(call: ApiCall, user: User, purpose: CodePurpose): Output {
  const { api } = call.exchange.pool
  if (!api.countSent(user.username)) {
    throw new ApiFault('LimitExceededException', 'Attempt limit exceeded, please try after some time.')
  }
  api.sendCode(user.username, purpose)
  return { CodeDeliveryDetails: deliveryTo(user) }
}

function useCode(
  { exchange, input }: { readonly exchange: ApiCall['exchange']; readonly input: Input },
  user: User,
  purpose: CodePurpose,
): void {
  const verdict = exchange.pool.api.checkCode(user.username, purpose, input['ConfirmationCode'])
  if (verdict === 'expired') throw expiredCode()
  if (verdict === 'mismatch') throw wrongCode()
  if (verdict === 'too-many') {
    throw new ApiFault('TooManyFailedAttemptsException', 'Attempt limit exceeded, please try after some time.')
  }
}
