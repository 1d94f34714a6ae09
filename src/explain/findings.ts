/**
 * Finds out what a refusal comes from: more than the reason says, from what the token says of itself. One function a
 * reason; the first finding that fits counts.
 */
import type { UserPoolConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import { issuersOf } from '../tokens/keys/issuers.ts'
import type { TokenFacts } from './token-facts.ts'

export const FINDINGS = [
  'not_a_jwt',
  'refresh_token_sent',
  'id_token_sent',
  'token_use_missing',
  'issuer_form',
  'issuer_pool',
  'issuer_region',
  'issuer_is_domain',
  'alb_token',
  'client_not_listed',
  'aud_mismatch',
  'expired',
  'clock_skew',
  'kid_unknown',
  'kid_is_other_key',
  'jwks_unreachable',
  'algorithm',
  'bad_signature',
  'scope_missing',
  'scope_never',
  'group_missing',
  'group_added_later',
  'machine_token',
  'revoked_here',
  'header_too_large',
  'header_missing',
  'query_token',
] as const
export type Finding = (typeof FINDINGS)[number]

export interface Circumstances {
  /** Undefined: none was given. */
  readonly token: TokenFacts | undefined
  /** The request target. */
  readonly target: string
  readonly pools: readonly UserPoolConfig[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whether a pool other than the token's own publishes this key id. */
  readonly isKeyOfOtherPool: (kid: string) => boolean
}

type Diagnosis = (token: TokenFacts, circumstances: Circumstances) => Finding | undefined

export function diagnose(reason: Reason, circumstances: Circumstances): Finding | undefined {
  const { token, target } = circumstances
  if (reason === 'token_missing' || reason === 'login_required') {
    return /[?&](?:access_token|id_token|token)=/.test(target) ? 'query_token' : 'header_missing'
  }
  return token && diagnoses[reason]?.(token, circumstances)
}

const diagnoses: Partial<Record<Reason, Diagnosis>> = {
  token_malformed: findMalformed,
  token_too_large: (token) => (token.parts === 5 ? 'refresh_token_sent' : 'header_too_large'),
  algorithm_not_allowed: (token) => (isOfLoadBalancer(token) ? 'alb_token' : 'algorithm'),
  key_unknown: findKey,
  keys_unavailable: () => 'jwks_unreachable',
  signature_invalid: () => 'bad_signature',
  issuer_unknown: findIssuer,
  token_use_not_allowed: findTokenUse,
  token_expired: findExpired,
  token_not_yet_valid: () => 'clock_skew',
  token_revoked: () => 'revoked_here',
  client_not_allowed: () => 'client_not_listed',
  audience_not_allowed: () => 'aud_mismatch',
  insufficient_scope: ({ scopes }) => (scopes.every(isOwnScope) ? 'scope_never' : 'scope_missing'),
  insufficient_group: findGroup,
}

/** An access token is refused by a rule that wants ID tokens: there is nothing odd about it. */
function findTokenUse({ tokenUse }: TokenFacts): Finding | undefined {
  if (tokenUse === 'access') return undefined
  return tokenUse === 'id' ? 'id_token_sent' : 'token_use_missing'
}

function findMalformed(token: TokenFacts): Finding {
  if (token.parts === 5 || token.hasEncryption) return 'refresh_token_sent'
  if (isOfLoadBalancer(token)) return 'alb_token'
  const isWhole = token.parts === 3 && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token.text)
  return isWhole && token.alg !== undefined && token.tokenUse === undefined ? 'token_use_missing' : 'not_a_jwt'
}

/** AWS: `x-amzn-oidc-data` is signed by the load balancer, whose ARN is in the header, and padded with `=`. */
function isOfLoadBalancer({ signer }: TokenFacts): boolean {
  return signer?.startsWith('arn:aws') === true
}

function findKey({ kid }: TokenFacts, { isKeyOfOtherPool }: Circumstances): Finding {
  return kid !== undefined && isKeyOfOtherPool(kid) ? 'kid_is_other_key' : 'kid_unknown'
}

const issuerOfCognito = /^https:\/\/(?:issuer-)?cognito-idp\.([a-z0-9-]+)\.[a-z0-9.-]+\/([\w-]+)$/

function findIssuer({ issuer = '' }: TokenFacts, { pools }: Circumstances): Finding {
  if (/^https:\/\/[^/]+\.amazoncognito\.com/.test(issuer)) return 'issuer_is_domain'
  const [, , pool] = issuerOfCognito.exec(issuer) ?? []
  if (pool === undefined) return isNearly(issuer, pools) ? 'issuer_form' : 'token_use_missing'
  if (pools.some(({ id }) => id === pool)) return 'issuer_form'
  const isNamesake = pools.some(({ id }) => id.split('_')[1] === pool.split('_')[1])
  return isNamesake ? 'issuer_region' : 'issuer_pool'
}

/** A slash at the end, another scheme, another letter case. */
function isNearly(issuer: string, pools: readonly UserPoolConfig[]): boolean {
  const bare = (text: string) =>
    text
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/+$/, '')
  return issuer !== '' && pools.flatMap(issuersOf).some((known) => bare(known) === bare(issuer))
}

function findExpired({ issuedAtMs }: TokenFacts, { now }: Circumstances): Finding {
  return issuedAtMs !== undefined && issuedAtMs > now ? 'clock_skew' : 'expired'
}

/** What sign-in by API gives instead of the scopes of a resource server. */
function isOwnScope(scope: string): boolean {
  return scope === 'aws.cognito.signin.user.admin'
}

const recentMs = 24 * 3_600_000

function findGroup({ groups, subject, clientId, issuedAtMs }: TokenFacts, { now }: Circumstances): Finding {
  if (subject !== undefined && subject === clientId) return 'machine_token'
  const isRecent = issuedAtMs !== undefined && now - issuedAtMs < recentMs
  return groups.length > 0 || !isRecent ? 'group_missing' : 'group_added_later'
}
