/**
 * New users and forgotten passwords. The answers are the same for names that exist and for names that do not, unless
 * `authApi.reveal` is set.
 */
import type { LoginAnswer } from '../login/answer.ts'
import type { ApiOperation } from '../login/oauth/cognito-api.ts'
import type { AuthCall, Done } from './call.ts'
import { empty, isDone, json, refuse, tooMany } from './call.ts'
import type { ErrorGroup } from './errors.ts'
import { outcomeOf } from './errors.ts'
import { userContext } from './sign-in.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

export interface SignUpBody {
  readonly username: string
  readonly password: string
  readonly attributes: Pairs | undefined
}

export async function signUp(call: AuthCall, body: SignUpBody): Promise<LoginAnswer> {
  const { username, password, attributes = [] } = body
  const { throttle, network, request, settings } = call
  const late = throttle.countSignUp(network, request.now)
  if (late !== undefined) return tooMany(late)
  const done = await ask(call, 'SignUp', {
    group: 'sign-up',
    input: {
      ...named(call, username),
      Password: password,
      UserAttributes: attributes.map(([Name, Value]) => ({ Name, Value })),
    },
  })
  if (!isDone(done)) return done
  // With hidden names both are made of what was sent: what the pool says would differ for a name that is taken.
  const confirmed = settings.reveal && done.output['UserConfirmed'] === true
  return json(200, { confirmed, ...(!confirmed && { delivery: deliveryOf(username, attributes) }) })
}

/** Where a code goes, as far as the caller can know it. */
function deliveryOf(username: string, attributes: Pairs): object {
  const given = new Map(attributes)
  const email = given.get('email') ?? (username.includes('@') ? username : undefined)
  const phone = given.get('phone_number')
  if (email !== undefined) {
    const [name = '', host = ''] = email.split('@')
    return { medium: 'EMAIL', destination: `${firstOf(name)}***@${firstOf(host)}***` }
  }
  return { medium: 'SMS', ...(phone !== undefined && { destination: `+***${phone.slice(-4)}` }) }
}

function firstOf(text: string): string {
  return [...text][0] ?? ''
}

export interface CodeBody {
  readonly username: string
  readonly code: string
}

export function confirm(call: AuthCall, { username, code }: CodeBody): Promise<LoginAnswer> {
  return withCode(call, 'ConfirmSignUp', { ...named(call, username), ConfirmationCode: code })
}

export interface ResetBody extends CodeBody {
  readonly newPassword: string
}

export function reset(call: AuthCall, { username, code, newPassword }: ResetBody): Promise<LoginAnswer> {
  const input = { ...named(call, username), ConfirmationCode: code, Password: newPassword }
  return withCode(call, 'ConfirmForgotPassword', input)
}

type NamedInput = Readonly<Record<string, unknown>> & { readonly Username: string }

/** A code that was sent: so many guesses, and no more. */
async function withCode(call: AuthCall, operation: ApiOperation, input: NamedInput): Promise<LoginAnswer> {
  const attempt = call.throttle.begin('code', input.Username, call.request.now)
  if (typeof attempt === 'number') return tooMany(attempt)
  const done = await ask(call, operation, { group: 'code', input })
  if (isDone(done)) {
    attempt.succeed()
    return empty(204)
  }
  if (done.reason !== 'code_invalid') attempt.undo()
  return done
}

interface NameBody {
  readonly username: string
}

export function resend(call: AuthCall, { username }: NameBody): Promise<LoginAnswer> {
  return sendCode(call, 'ResendConfirmationCode', username)
}

export function forgot(call: AuthCall, { username }: NameBody): Promise<LoginAnswer> {
  return sendCode(call, 'ForgotPassword', username)
}

async function sendCode(call: AuthCall, operation: ApiOperation, username: string): Promise<LoginAnswer> {
  const late = call.throttle.countCode(username, call.request.now)
  if (late !== undefined) return tooMany(late)
  const done = await ask(call, operation, { group: 'send', input: named(call, username) })
  return isDone(done) ? empty(202) : done
}

interface Asked {
  readonly group: ErrorGroup
  readonly input: Readonly<Record<string, unknown>>
}

/** Done also where Cognito refuses, and the answer must not say so. */
async function ask(call: AuthCall, operation: ApiOperation, { group, input }: Asked): Promise<Done | LoginAnswer> {
  try {
    return { output: await call.api.call(operation, input) }
  } catch (error) {
    const outcome = outcomeOf(error, group, call.settings.reveal)
    return outcome === 'accepted' ? { output: {} } : refuse(outcome)
  }
}

function named(call: AuthCall, username: string) {
  const { api } = call
  return { ClientId: api.clientId, Username: username, SecretHash: api.secretHash(username), ...userContext(call) }
}
