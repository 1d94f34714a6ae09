/**
 * The steps of a sign-in behind its first one: what the caller learns of a challenge, and what Cognito is told of its answer
 * (Amazon Cognito API reference, RespondToAuthChallenge).
 */
import type { ApiOutput } from '../login/oauth/cognito-api.ts'
import type { Attempted } from './throttle.ts'

/** What a body may answer with. */
export interface ChallengeAnswer {
  readonly code: string | undefined
  readonly choice: string | undefined
  readonly password: string | undefined
  readonly credential: string | undefined
  readonly text: string | undefined
  readonly newPassword: string | undefined
  readonly attributes: readonly (readonly [name: string, value: string])[] | undefined
}

type Responses = Readonly<Record<string, string>>

interface ChallengeKind {
  /** Undefined: the answer lacks what the challenge asks for. */
  readonly respond: (answer: ChallengeAnswer) => Responses | undefined
  /** What an answer tries; undefined: nothing that could be guessed or that costs anything. */
  readonly attempts?: (answer: ChallengeAnswer) => Attempted | undefined
  /** The password is asked for: its errors are those of a sign-in. */
  readonly isFirst?: true
}

const one = (name: string, field: keyof ChallengeAnswer, attempts?: Attempted): ChallengeKind => ({
  respond(answer) {
    const value = answer[field]
    return typeof value === 'string' ? { [name]: value } : undefined
  },
  ...(attempts && { attempts: () => attempts }),
})

const challenges: Readonly<Record<string, ChallengeKind>> = {
  SMS_MFA: one('SMS_MFA_CODE', 'code', 'factor'),
  SOFTWARE_TOKEN_MFA: one('SOFTWARE_TOKEN_MFA_CODE', 'code', 'factor'),
  EMAIL_OTP: one('EMAIL_OTP_CODE', 'code', 'factor'),
  EMAIL_MFA: one('EMAIL_MFA_CODE', 'code', 'factor'),
  SMS_OTP: one('SMS_OTP_CODE', 'code', 'factor'),
  PASSWORD: { ...one('PASSWORD', 'password', 'password'), isFirst: true },
  WEB_AUTHN: one('CREDENTIAL', 'credential'),
  CUSTOM_CHALLENGE: one('ANSWER', 'text', 'factor'),
  SELECT_MFA_TYPE: one('ANSWER', 'choice'),
  SELECT_CHALLENGE: { respond: respondToChoice, attempts: attemptOfChoice, isFirst: true },
  NEW_PASSWORD_REQUIRED: { respond: respondToNewPassword },
  MFA_SETUP: { respond: () => ({}) },
}

export function isKnownChallenge(name: string): boolean {
  return Object.hasOwn(challenges, name)
}

export function kindOf(name: string): ChallengeKind | undefined {
  return isKnownChallenge(name) ? challenges[name] : undefined
}

/** With the password or the passkey in the same call, where that was chosen, and nowhere else. */
function respondToChoice({ choice, password, credential }: ChallengeAnswer): Responses | undefined {
  if (choice === undefined) return undefined
  if (password !== undefined && choice !== 'PASSWORD') return undefined
  if (credential !== undefined && choice !== 'WEB_AUTHN') return undefined
  return {
    ANSWER: choice,
    ...(password !== undefined && { PASSWORD: password }),
    ...(credential !== undefined && { CREDENTIAL: credential }),
  }
}

/** Every other choice may send a code. */
const silentChoices: ReadonlySet<string> = new Set(['PASSWORD', 'PASSWORD_SRP', 'WEB_AUTHN'])

function attemptOfChoice({ choice = '', password }: ChallengeAnswer): Attempted | undefined {
  if (!silentChoices.has(choice)) return 'message'
  return password === undefined ? undefined : 'password'
}

/** Whoever knows a name may choose it, and its owner gets a message. */
export function sendsCode(challenge: string): boolean {
  return challenge === 'EMAIL_OTP' || challenge === 'SMS_OTP'
}

function respondToNewPassword({ newPassword, attributes = [] }: ChallengeAnswer): Responses | undefined {
  if (newPassword === undefined) return undefined
  const given = attributes.map(([name, value]) => [`userAttributes.${name}`, value] as const)
  return { NEW_PASSWORD: newPassword, ...Object.fromEntries(given) }
}

/** What the caller may know: nothing that names the user anew. */
export function describeChallenge(name: string, output: ApiOutput): object {
  const parameters = (output['ChallengeParameters'] ?? {}) as Readonly<Record<string, unknown>>
  const choices =
    listOf(output['AvailableChallenges']) ??
    listOf(parameters['MFAS_CAN_CHOOSE']) ??
    listOf(parameters['MFAS_CAN_SETUP'])
  const required = listOf(parameters['requiredAttributes'])?.map((text) => text.replace(/^userAttributes\./, ''))
  const medium = parameters['CODE_DELIVERY_DELIVERY_MEDIUM']
  const destination = parameters['CODE_DELIVERY_DESTINATION']
  const options = parameters['CREDENTIAL_REQUEST_OPTIONS']
  return {
    name,
    ...(choices && { choices }),
    ...(required && { requiredAttributes: required }),
    ...(medium !== undefined && { delivery: { medium, destination } }),
    ...(typeof options === 'string' && { credentialRequestOptions: options }),
    ...(name === 'CUSTOM_CHALLENGE' && { parameters: withoutUser(parameters) }),
  }
}

/** A list, or its JSON text. */
function listOf(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' ? parse(value) : value
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withoutUser(parameters: Readonly<Record<string, unknown>>): object {
  const { USER_ID_FOR_SRP: _id, USERNAME: _name, ...rest } = parameters
  return rest
}
