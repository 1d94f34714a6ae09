/**
 * What somebody does who has signed in, or is about to: an authenticator app, second factors, another password, sign-out.
 */
import type { LoginAnswer } from '../login/answer.ts'
import { cookieLines } from '../login/answer.ts'
import type { ApiInput, ApiOperation, ApiOutput } from '../login/oauth/cognito-api.ts'
import { payloadOf } from '../login/oauth/verify-tokens.ts'
import type { AuthCall, SignedIn } from './call.ts'
import { empty, isSignedIn, json, refuse, tooMany } from './call.ts'
import { outcomeOf } from './errors.ts'
import type { Pending } from './sealed-challenge.ts'
import { openSession, showPending } from './sign-in.ts'
import type { Attempted } from './throttle.ts'

export interface AssociateBody {
  readonly session: string | undefined
}

/** A secret for an authenticator app: within a sign-in that asks for one, or for somebody who has signed in. */
export async function associate(call: AuthCall, { session }: AssociateBody): Promise<LoginAnswer> {
  if (session === undefined) {
    return withToken(call, 'AssociateSoftwareToken', {
      input: {},
      show: (output, signedIn) => {
        const name = payloadOf(signedIn.accessToken)['username']
        return json(200, secretOf(call, output, String(name)), signedIn.cookies)
      },
    })
  }
  const pending = pendingSetup(call, session)
  if (pending === undefined) return refuse('challenge_expired')
  return withSession(call, pending, {
    operation: 'AssociateSoftwareToken',
    input: {},
    more: (output) => secretOf(call, output, pending.typed),
  })
}

/** Key URI format of authenticator apps. */
function secretOf({ totpIssuer }: AuthCall, { SecretCode: secret }: ApiOutput, name: string): object {
  const label = `${encodeURIComponent(totpIssuer)}:${encodeURIComponent(name)}`
  const query = new URLSearchParams({ secret: String(secret), issuer: totpIssuer })
  return { secret, otpauth: `otpauth://totp/${label}?${String(query).replaceAll('+', '%20')}` }
}

export interface VerifyBody {
  readonly session: string | undefined
  readonly code: string
  readonly name: string | undefined
}

export async function verify(call: AuthCall, { session, code, name }: VerifyBody): Promise<LoginAnswer> {
  const input = { UserCode: code, FriendlyDeviceName: name }
  if (session === undefined) {
    return withToken(call, 'VerifySoftwareToken', {
      input,
      guards: 'factor',
      show: (_output, { cookies }) => json(200, { status: 'verified' }, cookies),
    })
  }
  const pending = pendingSetup(call, session)
  if (pending === undefined) return refuse('challenge_expired')
  const attempt = call.throttle.begin('factor', pending.username, call.request.now)
  if (typeof attempt === 'number') return tooMany(attempt)
  const answer = await withSession(call, pending, { operation: 'VerifySoftwareToken', input, more: () => ({}) })
  if (answer.reason === undefined) attempt.succeed()
  else if (answer.reason !== 'code_invalid') attempt.undo()
  return answer
}

function pendingSetup(call: AuthCall, session: string): Pending | undefined {
  const pending = openSession(call, session)
  return pending?.challenge === 'MFA_SETUP' ? pending : undefined
}

interface SetupStep {
  readonly operation: ApiOperation
  readonly input: ApiInput
  readonly more: (output: ApiOutput) => object
}

/** Each step gives a new Session, and the one before is spent. */
async function withSession(
  call: AuthCall,
  pending: Pending,
  { operation, input, more }: SetupStep,
): Promise<LoginAnswer> {
  try {
    const output = await call.api.call(operation, { Session: pending.session, ...input })
    const { Session: session } = output
    if (typeof session !== 'string') return refuse('pool_unavailable')
    return showPending(call, { ...pending, session }, { name: pending.challenge }, more(output))
  } catch (error) {
    const outcome = outcomeOf(error, 'challenge', call.settings.reveal)
    return refuse(outcome === 'accepted' ? 'challenge_expired' : outcome)
  }
}

interface Factor {
  readonly enabled: boolean
  readonly preferred: boolean | undefined
}

export interface MfaBody {
  readonly sms: Factor | undefined
  readonly totp: Factor | undefined
  readonly email: Factor | undefined
}

export function setMfa(call: AuthCall, { sms, totp, email }: MfaBody): Promise<LoginAnswer> {
  const input = {
    SMSMfaSettings: settingOf(sms),
    SoftwareTokenMfaSettings: settingOf(totp),
    EmailMfaSettings: settingOf(email),
  }
  return withToken(call, 'SetUserMFAPreference', { input, show: (_output, { cookies }) => empty(204, cookies) })
}

function settingOf(factor: Factor | undefined): object | undefined {
  return factor && { Enabled: factor.enabled, PreferredMfa: factor.preferred ?? false }
}

export interface PasswordBody {
  readonly current: string
  readonly newPassword: string
}

export function changePassword(call: AuthCall, { current, newPassword }: PasswordBody): Promise<LoginAnswer> {
  return withToken(call, 'ChangePassword', {
    input: { PreviousPassword: current, ProposedPassword: newPassword },
    guards: 'current',
    show: (_output, { cookies }) => empty(204, cookies),
  })
}

interface TokenStep {
  readonly input: ApiInput
  readonly show: (output: ApiOutput, signedIn: SignedIn) => LoginAnswer
  /** It tries this secret: a stolen session must not find it out. */
  readonly guards?: Attempted
}

async function withToken(call: AuthCall, operation: ApiOperation, step: TokenStep): Promise<LoginAnswer> {
  const found = await call.keeper.open(call.request)
  if (!isSignedIn(found)) return found
  const attempt = step.guards && call.throttle.begin(step.guards, found.subject, call.request.now)
  if (typeof attempt === 'number') return tooMany(attempt)
  try {
    const output = await call.api.call(operation, { AccessToken: found.accessToken, ...step.input })
    attempt?.succeed()
    return step.show(output, found)
  } catch (error) {
    const group = operation === 'ChangePassword' ? 'password' : 'account'
    const outcome = outcomeOf(error, group, call.settings.reveal)
    if (outcome !== 'invalid_credentials' && outcome !== 'code_invalid') attempt?.undo()
    return refuse(outcome === 'accepted' ? 'request_invalid' : outcome, cookieLines(found.cookies))
  }
}

export async function showSession({ keeper, request }: AuthCall): Promise<LoginAnswer> {
  const found = await keeper.open(request)
  return isSignedIn(found) ? json(200, { status: 'signed-in', ...found.facts }, found.cookies) : found
}

export interface RefreshBody {
  readonly refreshToken: string | undefined
}

/** A good token is no guess. Cognito has a quota for all callers together, and one of them could use it up. */
export async function refresh(call: AuthCall, { refreshToken }: RefreshBody): Promise<LoginAnswer> {
  const { keeper, request, throttle, network } = call
  if (!isAnybodys(call, refreshToken)) return keeper.refresh(request, refreshToken)
  const late = throttle.countCall(network, request.now)
  if (late !== undefined) return tooMany(late)
  const answer = await keeper.refresh(request, refreshToken)
  if (answer.reason === undefined) throttle.giveCallBack(network)
  return answer
}

export interface SignOutBody extends RefreshBody {
  readonly everywhere: boolean | undefined
}

/** Cognito says nothing of a token that it does not know. */
export async function signOut(call: AuthCall, { everywhere = false, refreshToken }: SignOutBody): Promise<LoginAnswer> {
  const { keeper, request, throttle, network } = call
  const late = isAnybodys(call, refreshToken) && !everywhere ? throttle.countCall(network, request.now) : undefined
  return late === undefined ? keeper.signOut(request, { everywhere, refreshToken }) : tooMany(late)
}

/** Whoever sends any text as a refresh token causes a call of Cognito. */
function isAnybodys({ settings }: AuthCall, refreshToken: string | undefined): boolean {
  return settings.mode === 'tokens' && refreshToken !== undefined
}
