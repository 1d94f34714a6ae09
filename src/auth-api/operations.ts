/**
 * The table of the auth API: each operation with its path, its body, its answers and what it does. Routes, checks, least time
 * and the OpenAPI document are all read from it.
 */
import type { AuthOperation } from '../config/auth-api.ts'
import type { LoginAnswer } from '../login/answer.ts'
import type { Reason } from '../reasons.ts'
import * as account from './account.ts'
import { awsCredentials } from './aws/aws-credentials.ts'
import type { AuthCall } from './call.ts'
import type { BodyOf, Shape } from './shape.ts'
import { answerChallenge, signIn } from './sign-in.ts'
import * as signUp from './sign-up.ts'

/** A JSON body that the document describes; `empty`: there is none. */
export type AnswerName = 'SignUp' | 'Step' | 'SignedIn' | 'Totp' | 'Verified' | 'AwsCredentials' | 'empty'

interface Facts<S extends Shape> {
  readonly path: string
  readonly method?: 'GET'
  readonly summary: string
  readonly body: S
  readonly success: readonly [status: number, answer: AnswerName]
  /** Refusals besides those of every operation. */
  readonly refusals: readonly Reason[]
  /** Its answer takes a least time, because it could tell who has an account. */
  readonly hidesUsers: boolean
  /** For somebody who has signed in; `or session`: or within a sign-in; `where there is one`: it looks at a sign-in, and needs none. */
  readonly auth?: 'signed-in' | 'signed-in or session' | 'where there is one'
}

interface Described<S extends Shape> extends Facts<S> {
  readonly run: (call: AuthCall, body: BodyOf<S>) => Promise<LoginAnswer> | LoginAnswer
}

export interface Operation extends Facts<Shape> {
  /** `body` was read by the shape of this operation. */
  readonly run: (call: AuthCall, body: unknown) => Promise<LoginAnswer> | LoginAnswer
}

function operation<const S extends Shape>(described: Described<S>): Operation {
  const { run, ...facts } = described
  return { ...facts, run: (call, body) => run(call, body as BodyOf<S>) }
}

const username = { kind: 'text', maxLength: 128 } as const
const password = { kind: 'text', maxLength: 256, secret: true } as const
const code = { kind: 'text', maxLength: 64, pattern: /^\S+$/ } as const
const session = { kind: 'text', maxLength: 8192, doc: 'As the answer before has it.' } as const
const attributes = {
  kind: 'texts',
  maxLength: 2048,
  most: 30,
  optional: true,
  doc: 'Attributes of the user, such as email.',
} as const
const refreshToken = {
  kind: 'text',
  maxLength: 4096,
  secret: true,
  optional: true,
  doc: 'In tokens mode.',
} as const
const flag = { kind: 'flag' } as const
const factor = {
  kind: 'object',
  fields: { enabled: flag, preferred: { ...flag, optional: true } },
  optional: true,
} as const

const signInRefusals = ['invalid_credentials', 'confirmation_required', 'reset_required'] as const

export const operations = {
  signUp: operation({
    path: 'sign-up',
    summary: 'Makes an account. The answer is the same for a name that is taken.',
    body: { username, password, attributes },
    success: [200, 'SignUp'],
    refusals: ['password_policy', 'username_exists'],
    hidesUsers: true,
    run: signUp.signUp,
  }),
  confirm: operation({
    path: 'confirm',
    summary: 'Confirms an account with the code that was sent.',
    body: { username, code },
    success: [204, 'empty'],
    refusals: ['code_invalid'],
    hidesUsers: true,
    run: signUp.confirm,
  }),
  resend: operation({
    path: 'resend',
    summary: 'Sends the code of a new account again. The answer is the same whether or not the account exists.',
    body: { username },
    success: [202, 'empty'],
    refusals: [],
    hidesUsers: true,
    run: signUp.resend,
  }),
  signIn: operation({
    path: 'sign-in',
    summary: 'Begins a sign-in: signs in at once, or answers with a challenge.',
    body: {
      username,
      password: { ...password, optional: true, doc: 'Required unless authApi.flow is choice.' },
      preferred: {
        kind: 'text',
        maxLength: 32,
        values: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'],
        optional: true,
        doc: 'With authApi.flow choice: the challenge to begin with.',
      },
    },
    success: [200, 'Step'],
    refusals: [...signInRefusals, 'challenge_unsupported'],
    hidesUsers: true,
    run: signIn,
  }),
  challenge: operation({
    path: 'challenge',
    summary: 'Answers a challenge. A wrong code may be corrected with the same session.',
    body: {
      session,
      answer: {
        kind: 'object',
        fields: {
          code: { ...code, optional: true, doc: 'SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP, SMS_OTP.' },
          choice: {
            kind: 'text',
            maxLength: 64,
            optional: true,
            doc: 'SELECT_MFA_TYPE, SELECT_CHALLENGE: one of choices.',
          },
          password: { ...password, optional: true, doc: 'PASSWORD; SELECT_CHALLENGE where that was chosen.' },
          credential: { kind: 'text', maxLength: 8192, optional: true, doc: 'WEB_AUTHN: the credential as JSON.' },
          text: { kind: 'text', maxLength: 2048, optional: true, doc: 'CUSTOM_CHALLENGE.' },
          newPassword: { ...password, optional: true, doc: 'NEW_PASSWORD_REQUIRED.' },
          attributes: { ...attributes, doc: 'NEW_PASSWORD_REQUIRED: those of requiredAttributes.' },
        },
      },
    },
    success: [200, 'Step'],
    refusals: [...signInRefusals, 'challenge_expired', 'code_invalid', 'password_policy', 'challenge_unsupported'],
    hidesUsers: true,
    run: answerChallenge,
  }),
  totpAssociate: operation({
    path: 'totp/associate',
    summary: 'A secret for an authenticator app. Within a sign-in (MFA_SETUP) the answer has the next session.',
    body: { session: { ...session, optional: true } },
    success: [200, 'Totp'],
    refusals: ['challenge_expired', 'session_expired'],
    hidesUsers: false,
    auth: 'signed-in or session',
    run: account.associate,
  }),
  totpVerify: operation({
    path: 'totp/verify',
    summary: 'Proves the authenticator app with a code. Within a sign-in, `challenge` with an empty answer ends it.',
    body: {
      session: { ...session, optional: true },
      code,
      name: { kind: 'text', maxLength: 64, optional: true, doc: 'A name for the device.' },
    },
    success: [200, 'Verified'],
    refusals: ['code_invalid', 'challenge_expired', 'session_expired'],
    hidesUsers: false,
    auth: 'signed-in or session',
    run: account.verify,
  }),
  mfa: operation({
    path: 'mfa',
    summary: 'Turns second factors on and off.',
    body: { sms: factor, totp: factor, email: factor },
    success: [204, 'empty'],
    refusals: ['session_expired'],
    hidesUsers: false,
    auth: 'signed-in',
    run: account.setMfa,
  }),
  refresh: operation({
    path: 'refresh',
    summary: 'Renews the session, or in tokens mode the tokens.',
    body: { refreshToken },
    success: [200, 'SignedIn'],
    refusals: ['session_expired'],
    hidesUsers: false,
    run: account.refresh,
  }),
  forgot: operation({
    path: 'forgot',
    summary: 'Sends a code for a new password. The answer is the same whether or not the account exists.',
    body: { username },
    success: [202, 'empty'],
    refusals: [],
    hidesUsers: true,
    run: signUp.forgot,
  }),
  reset: operation({
    path: 'reset',
    summary: 'Sets a new password with the code that was sent.',
    body: { username, code, newPassword: password },
    success: [204, 'empty'],
    refusals: ['code_invalid', 'password_policy'],
    hidesUsers: true,
    run: signUp.reset,
  }),
  password: operation({
    path: 'password',
    summary: 'Changes the password of somebody who has signed in.',
    body: { current: password, newPassword: password },
    success: [204, 'empty'],
    refusals: ['invalid_credentials', 'password_policy'],
    hidesUsers: false,
    auth: 'signed-in',
    run: account.changePassword,
  }),
  signOut: operation({
    path: 'sign-out',
    summary: 'Ends the session and revokes its refresh token; everywhere: all sessions of the user at Cognito.',
    body: {
      everywhere: { ...flag, optional: true },
      refreshToken,
    },
    success: [204, 'empty'],
    refusals: ['session_expired'],
    hidesUsers: false,
    auth: 'where there is one',
    run: account.signOut,
  }),
  session: operation({
    path: 'session',
    method: 'GET',
    summary: 'Who has signed in.',
    body: {},
    success: [200, 'SignedIn'],
    refusals: ['session_expired'],
    hidesUsers: false,
    auth: 'signed-in',
    run: account.showSession,
  }),
  awsCredentials: operation({
    path: 'aws-credentials',
    summary: 'Temporary AWS credentials of the identity pool, for the role that it has for this user.',
    body: {},
    success: [200, 'AwsCredentials'],
    refusals: ['session_expired'],
    hidesUsers: false,
    auth: 'signed-in',
    run: awsCredentials,
  }),
} as const satisfies Readonly<Record<AuthOperation, Operation>>
