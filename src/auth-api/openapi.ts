/**
 * The OpenAPI document of the operations that are listed, made of the table of operations. Nothing in it is written by hand for one
 * operation alone.
 */
import type { AuthApiConfig, AuthOperation } from '../config/auth-api.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { AnswerName, Operation } from './operations.ts'
import { operations } from './operations.ts'
import { schemaOf } from './shape.ts'

export interface Described {
  readonly settings: Pick<AuthApiConfig, 'operations' | 'mode'>
  /** Origin and prefix of the endpoints. */
  readonly server: string
}

export function describeApi({ settings, server }: Described): object {
  const paths = settings.operations.map((name) => [`/auth/${operations[name].path}`, pathOf(name, settings.mode)])
  return {
    openapi: '3.1.0',
    info: { title: 'cogate auth API', version: '1', description: `Tokens: ${tokensIn[settings.mode]}.` },
    servers: [{ url: server }],
    paths: Object.fromEntries(paths),
    components: { schemas: schemasFor(settings.mode), securitySchemes: schemes },
  }
}

const tokensIn = { cookie: 'in a session cookie, which no page can read', tokens: 'with the caller' } as const

const schemes = {
  session: { type: 'apiKey', in: 'cookie', name: '__Host-cogate' },
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
} as const

function pathOf(name: AuthOperation, mode: AuthApiConfig['mode']): object {
  const operation: Operation = operations[name]
  const { method, summary, auth } = operation
  const scheme = mode === 'cookie' ? { session: [] } : { token: [] }
  const security = auth === undefined ? {} : { security: auth === 'signed-in' ? [scheme] : [scheme, {}] }
  const described = {
    operationId: name,
    summary,
    ...bodyOf(operation),
    responses: responsesOf(operation, mode),
    ...security,
  }
  return { [method === 'GET' ? 'get' : 'post']: described }
}

function bodyOf({ method, body }: Operation): object {
  if (method === 'GET') return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }
}

const ofEveryBody = ['request_invalid', 'json_required', 'request_too_large'] as const
const ofEveryCall = [
  'cross_site_request',
  'rejected_by_pool',
  'blocked',
  'too_many_attempts',
  'misconfigured',
  'pool_unavailable',
  'busy',
] as const
const ofSignedIn = {
  cookie: ['login_required', 'session_invalid', 'session_unavailable'],
  tokens: ['token_missing', 'token_expired'],
} as const

function responsesOf(
  { method, success: [status, answer], refusals, auth }: Operation,
  mode: AuthApiConfig['mode'],
): object {
  const all: readonly Reason[] = [
    ...refusals,
    ...(method === 'GET' ? [] : ofEveryBody),
    ...(auth === undefined ? [] : ofSignedIn[mode]),
    ...ofEveryCall,
  ]
  const byStatus = Map.groupBy(new Set(all), (reason) => reasons[reason].status)
  const problems = [...byStatus].map(([code, names]) => [String(code), problemOf(names)] as const)
  return { [status]: successOf(answer), ...Object.fromEntries(problems) }
}

function successOf(answer: AnswerName): object {
  if (answer === 'empty') return { description: 'Done.' }
  const schema = { $ref: `#/components/schemas/${answer}` }
  return { description: 'Done.', content: { 'application/json': { schema } } }
}

function problemOf(names: readonly Reason[]): object {
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: names } } }] }
  const description = names.map((name) => `\`${name}\`: ${reasons[name].detail}`).join(' ')
  return { description, content: { 'application/problem+json': { schema } } }
}

const text = { type: 'string' } as const
const texts = { type: 'array', items: text } as const
const object = (properties: object, required: readonly string[]) => ({ type: 'object', properties, required })

const user = object({ username: text, sub: text, groups: texts, scopes: texts }, [
  'username',
  'sub',
  'groups',
  'scopes',
])
const delivery = object({ medium: { enum: ['EMAIL', 'SMS'] }, destination: text }, ['medium'])
const tokens = object({ accessToken: text, idToken: text, refreshToken: text }, ['accessToken'])
const challenge = object(
  {
    name: text,
    choices: texts,
    delivery,
    requiredAttributes: texts,
    credentialRequestOptions: text,
    parameters: { type: 'object' },
  },
  ['name'],
)
const step = object({ status: { const: 'challenge' }, challenge, session: text }, ['status', 'challenge', 'session'])
const totp = object({ secret: text, otpauth: text, session: text, status: { const: 'challenge' }, challenge }, [
  'secret',
  'otpauth',
])
const awsCredentials = object(
  {
    accessKeyId: text,
    secretAccessKey: text,
    sessionToken: text,
    expiration: { type: 'string', format: 'date-time' },
    identityId: text,
    region: text,
  },
  ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration', 'identityId', 'region'],
)
const problem = object(
  { type: text, title: text, status: { type: 'integer' }, detail: text, code: text, requestId: text },
  ['type', 'title', 'status', 'detail', 'code', 'requestId'],
)

function schemasFor(mode: AuthApiConfig['mode']): object {
  const more = mode === 'tokens' ? { tokens } : {}
  const time = { type: 'string', format: 'date-time' }
  const signedIn = object({ status: { const: 'signed-in' }, user, expiresAt: time, ...more }, [
    'status',
    'user',
    'expiresAt',
  ])
  const verified = object({ status: { const: 'verified' } }, ['status'])
  return {
    SignedIn: signedIn,
    Step: { oneOf: [signedIn, step] },
    SignUp: object({ confirmed: { type: 'boolean' }, delivery }, ['confirmed']),
    Totp: totp,
    AwsCredentials: awsCredentials,
    Verified: { oneOf: [verified, step] },
    Problem: problem,
  }
}
