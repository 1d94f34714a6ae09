/**
 * `POST /` with `X-Amz-Target`: the operations of Cognito's JSON API that need no AWS credentials. One table; whatever an
 * operation throws becomes an error as Cognito writes it.
 */
import type { Answer, Exchange } from '../exchange.ts'
import { readBody } from '../exchange.ts'
import { workUnder } from '../faults.ts'
import * as account from './account.ts'
import type { ApiOperation, Input } from './call.ts'
import { ApiFault } from './fault.ts'
import { getCredentials, getId } from './identity-pool.ts'
import { initiateAuth, respondToAuthChallenge } from './sign-in.ts'
import * as signUp from './sign-up.ts'

const operations: Readonly<Record<string, ApiOperation>> = {
  SignUp: signUp.signUp,
  ConfirmSignUp: signUp.confirmSignUp,
  ResendConfirmationCode: signUp.resendConfirmationCode,
  ForgotPassword: signUp.forgotPassword,
  ConfirmForgotPassword: signUp.confirmForgotPassword,
  InitiateAuth: initiateAuth,
  RespondToAuthChallenge: respondToAuthChallenge,
  AssociateSoftwareToken: account.associateSoftwareToken,
  VerifySoftwareToken: account.verifySoftwareToken,
  SetUserMFAPreference: account.setUserMfaPreference,
  ChangePassword: account.changePassword,
  GetUser: account.getUser,
  GetTokensFromRefreshToken: account.getTokensFromRefreshToken,
  RevokeToken: account.revokeToken,
  GlobalSignOut: account.globalSignOut,
}

/** Of identity pools, which have an API of their own. */
const identityOperations: Readonly<Record<string, ApiOperation>> = {
  GetId: getId,
  GetCredentialsForIdentity: getCredentials,
}

const target = /^(AWSCognitoIdentityProviderService|AWSCognitoIdentityService)\.(\w+)$/

export async function serveApi(exchange: Exchange): Promise<Answer> {
  const { desk, api } = exchange.pool
  const body = await readBody(exchange.request)
  const [, service, name = ''] = target.exec(String(exchange.request.headers['x-amz-target'])) ?? []
  const known = service === 'AWSCognitoIdentityService' ? identityOperations : operations
  const operation = Object.hasOwn(known, name) ? known[name] : undefined
  const input = body === undefined ? undefined : parse(body)
  if (operation === undefined) return answerFault(new ApiFault('UnknownOperationException', ''))
  if (input === undefined) return answerFault(new ApiFault('SerializationException', ''))
  api.requests.push({ operation: name, input })
  const planned = takeFault(exchange, name)
  if (planned) return answerFault(planned)
  return workUnder(desk, desk.take({ at: 'api' }), () => run(operation, exchange, input))
}

function takeFault({ pool: { api } }: Exchange, name: string): ApiFault | undefined {
  const index = api.faults.findIndex(({ operation }) => operation === undefined || operation === name)
  const [planned] = index < 0 ? [] : api.faults.splice(index, 1)
  return planned && new ApiFault(planned.type, planned.message ?? 'on demand')
}

function run(operation: ApiOperation, exchange: Exchange, input: Input): Answer {
  try {
    return { status: 200, body: operation({ exchange, input }), headers: { 'content-type': amzJson } }
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error
    return answerFault(error)
  }
}

const amzJson = 'application/x-amz-json-1.1'

/** Some answers of AWS name the type with a prefix. */
function answerFault({ type, message }: ApiFault): Answer {
  const status = type === 'InternalErrorException' ? 500 : 400
  return { status, body: { __type: type, message }, headers: { 'content-type': amzJson } }
}

function parse(text: string): Input | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Input) : undefined
  } catch {
    return undefined
  }
}
