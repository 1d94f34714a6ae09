/**
 * Sign-in: the first call, and the answer to each challenge until there are tokens. A wrong password and an unknown user are
 * one and the same here.
 */
import type { LoginAnswer } from '../login/answer.ts'
import type { ApiOutput } from '../login/oauth/cognito-api.ts'
import { tokensOf } from '../login/oauth/cognito-api.ts'
import type { AuthCall, Done } from './call.ts'
import { isDone, json, refuse, tooMany } from './call.ts'
import type { ChallengeAnswer } from './challenges.ts'
import { describeChallenge, isKnownChallenge, kindOf, sendsCode } from './challenges.ts'
import type { ErrorGroup } from './errors.ts'
import { outcomeOf } from './errors.ts'
import type { Pending } from './sealed-challenge.ts'
import { openPending, sealPending } from './sealed-challenge.ts'
import type { Attempt, Attempted } from './throttle.ts'

export interface SignInBody {
  readonly username: string
  readonly password: string | undefined
  readonly preferred: string | undefined
}

export async function signIn(call: AuthCall, body: SignInBody): Promise<LoginAnswer> {
  const { username, password, preferred } = body
  const { api, settings, throttle, request } = call
  if (settings.flow === 'password' && password === undefined) return refuse('request_invalid')
  const kind = attemptOf(body)
  const attempt = kind && throttle.begin(kind, username, request.now)
  if (typeof attempt === 'number') return tooMany(attempt)
  const parameters = {
    USERNAME: username,
    SECRET_HASH: api.secretHash(username),
    PASSWORD: password,
    ...(settings.flow === 'choice' && { PREFERRED_CHALLENGE: password === undefined ? preferred : 'PASSWORD' }),
  }
  const input = {
    AuthFlow: settings.flow === 'choice' ? 'USER_AUTH' : 'USER_PASSWORD_AUTH',
    ClientId: api.clientId,
    AuthParameters: parameters,
    ...userContext(call),
  }
  const done = await tried(call, { attempt, group: 'sign-in' }, () => api.call('InitiateAuth', input))
  if (!isDone(done)) return done
  if (kind === 'password') settle(attempt, !asksForPassword(done.output))
  return proceed(call, done.output, { typed: username, username })
}

/** A name alone tries nothing. */
function attemptOf({ password, preferred = '' }: SignInBody): Attempted | undefined {
  if (password !== undefined) return 'password'
  return sendsCode(preferred) ? 'message' : undefined
}

/** The pool has not looked at the password that was sent. */
function asksForPassword({ ChallengeName: name }: ApiOutput): boolean {
  return name === 'SELECT_CHALLENGE' || name === 'PASSWORD'
}

/** Whether the secret was right; where it was not looked at, nothing was found out. */
function settle(attempt: Attempt | undefined, wasRight: boolean): void {
  if (wasRight) attempt?.succeed()
  else attempt?.undo()
}

/** The address that Cognito's threat protection sees; only app clients with a secret may name one. */
export function userContext({ api, address }: AuthCall): object {
  return api.clientSecret === undefined || address === undefined ? {} : { UserContextData: { IpAddress: address } }
}

interface Tried {
  readonly attempt: Attempt | undefined
  readonly group: ErrorGroup
}

const wrong: ReadonlySet<string> = new Set(['invalid_credentials', 'code_invalid', 'challenge_expired'])

/** The output of Cognito, or the refusal; an attempt that did not fail for its secret is taken back. */
async function tried(
  { settings }: AuthCall,
  { attempt, group }: Tried,
  run: () => Promise<ApiOutput>,
): Promise<Done | LoginAnswer> {
  try {
    return { output: await run() }
  } catch (error) {
    const outcome = outcomeOf(error, group, settings.reveal)
    if (!wrong.has(outcome)) attempt?.undo()
    return refuse(outcome === 'accepted' ? 'request_invalid' : outcome)
  }
}

export interface ChallengeBody {
  readonly session: string
  readonly answer: ChallengeAnswer
}

export async function answerChallenge(call: AuthCall, { session, answer }: ChallengeBody): Promise<LoginAnswer> {
  const pending = openSession(call, session)
  const kind = pending && kindOf(pending.challenge)
  if (pending === undefined || kind === undefined) return refuse('challenge_expired')
  const responses = kind.respond(answer)
  if (responses === undefined) return refuse('request_invalid')
  const attempted = kind.attempts?.(answer)
  const name = attempted === 'message' ? pending.typed : pending.username
  const attempt = attempted && call.throttle.begin(attempted, name, call.request.now)
  if (typeof attempt === 'number') return tooMany(attempt)
  const group = kind.isFirst ? 'sign-in' : 'challenge'
  const done = await tried(call, { attempt, group }, () => respond(call, pending, responses))
  if (!isDone(done)) return done
  if (wasRight(done.output, pending, attempted)) accept(call, pending, { attempted, attempt })
  return proceed(call, done.output, pending)
}

/** A pool may ask the same again after a wrong answer, or for the password after one that it has not looked at. */
function wasRight(output: ApiOutput, { challenge }: Pending, attempted: Attempted | undefined): boolean {
  return output['ChallengeName'] !== challenge && !(attempted === 'password' && asksForPassword(output))
}

interface Accepted {
  readonly attempted: Attempted | undefined
  readonly attempt: Attempt | undefined
}

/** The answer was right. A message that was sent counts until its code is used. */
function accept(
  { throttle, request }: AuthCall,
  { challenge, typed }: Pending,
  { attempted, attempt }: Accepted,
): void {
  if (attempted !== 'message') attempt?.succeed()
  if (sendsCode(challenge)) throttle.forget('message', typed, request.now)
}

/** `USERNAME` and `SECRET_HASH` are made of one string. */
function respond(call: AuthCall, { session, username, challenge }: Pending, responses: object): Promise<ApiOutput> {
  const { api } = call
  return api.call('RespondToAuthChallenge', {
    ChallengeName: challenge,
    ClientId: api.clientId,
    Session: session,
    ChallengeResponses: { USERNAME: username, SECRET_HASH: api.secretHash(username), ...responses },
    ...userContext(call),
  })
}

/** Tokens, or the next challenge. */
function proceed(
  call: AuthCall,
  output: ApiOutput,
  names: Pick<Pending, 'typed' | 'username'>,
): Promise<LoginAnswer> | LoginAnswer {
  const tokens = tokensOf(output)
  if (tokens !== undefined) return call.keeper.keep(call.request, tokens)
  const { ChallengeName: challenge, Session: session, ChallengeParameters: parameters } = output
  if (typeof challenge !== 'string' || typeof session !== 'string') return refuse('pool_unavailable')
  if (!isKnownChallenge(challenge)) return refuse('challenge_unsupported')
  const { USER_ID_FOR_SRP: id } = (parameters ?? {}) as Readonly<Record<string, unknown>>
  const username = typeof id === 'string' ? id : names.username
  return showPending(call, { session, username, typed: names.typed, challenge }, describeChallenge(challenge, output))
}

/** `challenge` is what the caller learns of it. */
export function showPending(call: AuthCall, pending: Pending, challenge: object, more: object = {}): LoginAnswer {
  const { request, keeper, sealer, api } = call
  const { binding, cookies } = keeper.bind(request)
  const session = sealPending(sealer, pending, { clientId: api.clientId, binding, now: request.now })
  return json(200, { status: 'challenge', challenge, ...more, session }, cookies)
}

export function openSession({ request, keeper, sealer, api }: AuthCall, session: string): Pending | undefined {
  const { binding } = keeper.bind(request)
  return openPending(sealer, session, { clientId: api.clientId, binding, now: request.now })
}
