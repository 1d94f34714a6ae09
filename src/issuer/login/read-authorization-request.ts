/**
 * Reads the parameters of `/oauth2/authorize`, which `/login` takes too. A wrong client or callback gets a page and is
 * never redirected: anyone could have written the link. Every other mistake goes back to the callback.
 */
import { type Answer, type Exchange, redirectTo } from '../exchange.ts'
import { type AppClient, allowsGrant, isCallback, scopesOf } from './clients.ts'
import { errorPage } from './pages.ts'
import type { AuthorizationRequest } from './sign-ins.ts'

export function readAuthorizationRequest(exchange: Exchange): AuthorizationRequest | Answer {
  const { query, pool } = exchange
  const client = pool.findClient(query.get('client_id') ?? '')
  if (client === undefined || isRepeated(query, 'client_id')) return errorPage(400, 'The app client does not exist.')
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!isCallback(client, redirectUri) || isRepeated(query, 'redirect_uri')) {
    return errorPage(400, 'redirect_mismatch: the callback URL is not one of the app client.')
  }
  const state = query.get('state') ?? undefined
  const mistake = findMistake(query, client)
  if (mistake !== undefined) return redirectError({ redirectUri, state }, ...mistake)
  return { client, redirectUri, state, ...readRest(exchange, client) }
}

function readRest(
  { query, pool }: Exchange,
  client: AppClient,
): Omit<AuthorizationRequest, 'client' | 'redirectUri' | 'state'> {
  const get = (name: string) => query.get(name) ?? undefined
  const { faults } = pool.desk
  const maxAge = faults.ignoreMaxAge === true ? undefined : get('max_age')
  return {
    scope: get('scope') ?? scopesOf(client).join(' '),
    nonce: get('nonce'),
    resource: pool.resourceServers === undefined ? undefined : get('resource'),
    codeChallenge: get('code_challenge'),
    prompt: faults.ignorePrompt === true ? undefined : get('prompt'),
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
    acr: faults.ignoreAcr === true ? undefined : get('acr_values')?.split(' ').find(isLevel),
  }
}

/** Where an answer goes. */
type Target = Pick<AuthorizationRequest, 'redirectUri' | 'state'>

export function redirectError(target: Target, error: string, description?: string): Answer {
  return redirectTo(toCallback(target, { error, error_description: description }))
}

/** The callback as it was registered, with these parameters behind it. */
export function toCallback(
  { redirectUri, state }: Target,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const present = Object.entries({ ...parameters, state }).filter(([, value]) => value !== undefined)
  const separator = redirectUri.includes('?') ? '&' : '?'
  return `${redirectUri}${separator}${new URLSearchParams(present as [string, string][])}`
}

const single = [
  'response_type',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'resource',
]
const prompts = ['none', 'login', 'select_account', 'consent']

type Mistake = readonly [error: string, description?: string]

function findMistake(query: URLSearchParams, client: AppClient): Mistake | undefined {
  const repeated = single.find((name) => isRepeated(query, name))
  if (repeated !== undefined) return ['invalid_request', `${repeated} is repeated`]
  return (
    findWrongType(query.get('response_type'), client) ??
    findWrongChallenge(query.get('code_challenge'), query.get('code_challenge_method')) ??
    findWrongScope(query.get('scope'), client) ??
    findWrongPrompt(query)
  )
}

function findWrongType(type: string | null, client: AppClient): Mistake | undefined {
  if (type === null) return ['invalid_request', 'response_type is missing']
  // No client here may use the implicit flow.
  if (type === 'token' || !allowsGrant(client, 'authorization_code')) return ['unauthorized_client']
  return type === 'code' ? undefined : ['unsupported_response_type']
}

/** Cognito knows S256 only. */
function findWrongChallenge(challenge: string | null, method: string | null): Mistake | undefined {
  if (challenge === null && method === null) return undefined
  if (method !== 'S256') return ['invalid_request', 'code_challenge_method is not S256']
  return /^[\w-]{43}$/.test(challenge ?? '') ? undefined : ['invalid_request', 'code_challenge is no hash']
}

function findWrongScope(text: string | null, client: AppClient): Mistake | undefined {
  if (text === null) return undefined
  const scopes = text.split(' ')
  const isUnknown = scopes.some((scope) => !scopesOf(client).includes(scope))
  const needsOpenid = scopes.some((scope) => ['email', 'phone', 'profile'].includes(scope))
  return isUnknown || (needsOpenid && !scopes.includes('openid')) ? ['invalid_scope'] : undefined
}

function findWrongPrompt(query: URLSearchParams): Mistake | undefined {
  const prompt = query.get('prompt')
  if (prompt !== null && !prompts.includes(prompt)) return ['invalid_request', 'prompt has an unknown value']
  return /^\d{1,9}$/.test(query.get('max_age') ?? '0') ? undefined : ['invalid_request', 'max_age is no number']
}

function isRepeated(query: URLSearchParams, name: string): boolean {
  return query.getAll(name).length > 1
}

function isLevel(value: string): boolean {
  return /^urn:cognito:loa:[1-4]$/.test(value)
}
