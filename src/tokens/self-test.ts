/**
 * Six tokens that a verifier must judge correctly before it serves. Their private key was deleted after it had signed
 * them; the user pool exists in this test only and must never be trusted by a gate.
 */
import { createHmac, createPublicKey } from 'node:crypto'
import type { UserPoolConfig } from '../config/config.ts'
import type { Reason } from '../reasons.ts'
import { selfTestModulus, signatures } from './self-test-signatures.ts'
import type { Verification } from './verify.ts'

const issuer = 'https://self-test.invalid/self-test'
const kid = 'self-test'

export const selfTestPool: UserPoolConfig = {
  id: 'self-test',
  clientIds: ['self-test'],
  insecureAnyClient: false,
  tokenUse: ['access'],
  audience: [],
  issuer,
  additionalRegions: [],
  insecureHttpKeys: false,
}

/** The public key in the form in which Cognito publishes keys. */
export const selfTestJwk = { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n: selfTestModulus, e: 'AQAB' } as const

/**
 * The time of the self-test in milliseconds since the epoch. The expired token expired long before it and the others
 * never do, because aws-jwt-verify may read the system's clock.
 */
export const selfTestTime = 1_750_000_000_000

interface Trial {
  /** Completes "a token …". */
  readonly what: string
  readonly token: string
  readonly verdict: 'verified' | Reason
}

const header = { alg: 'RS256', kid }
const claims = { sub: 'self-test', iss: issuer, token_use: 'access', client_id: 'self-test', exp: 253_402_300_799 }

/** The signatures cover the members in exactly this order. */
const good = encode(header, claims)
const expired = encode(header, { ...claims, exp: 1_000_000_000 })
const foreign = encode(header, { ...claims, iss: 'https://other.invalid/self-test' })
const tampered = encode(header, { ...claims, sub: 'admin' })
const unsigned = encode({ ...header, alg: 'none' }, claims)
const symmetric = encode({ ...header, alg: 'HS256' }, claims)

export const trials: readonly Trial[] = [
  { what: 'that is good', token: `${good}.${signatures.good}`, verdict: 'verified' },
  { what: 'that has expired', token: `${expired}.${signatures.expired}`, verdict: 'token_expired' },
  { what: 'of another issuer', token: `${foreign}.${signatures.foreign}`, verdict: 'issuer_unknown' },
  { what: 'that was altered', token: `${tampered}.${signatures.good}`, verdict: 'signature_invalid' },
  { what: 'without a signature', token: `${unsigned}.`, verdict: 'algorithm_not_allowed' },
  {
    what: 'signed with the public key as a secret',
    token: `${symmetric}.${signWithPublicKey(symmetric)}`,
    verdict: 'algorithm_not_allowed',
  },
]

/** Returns one clause for each token that is judged wrongly; none when the verifier is correct. */
export function findMisjudged(verify: (token: string) => Verification | Promise<Verification>): readonly string[] {
  return trials.flatMap(({ what, token, verdict }) => {
    const actual = nameVerdict(verify(token))
    return actual === verdict ? [] : [`a token ${what} is ${actual}, not ${verdict}`]
  })
}

function nameVerdict(verification: Verification | Promise<Verification>): string {
  // The keys are loaded, so there is nothing to wait for.
  if (verification instanceof Promise) return 'not judged at once'
  return verification.kind === 'verified' ? 'verified' : verification.reason
}

/**
 * RFC 8725 section 2.1: a verifier that lets the token choose the algorithm takes the public key for a shared secret.
 */
function signWithPublicKey(input: string): string {
  const pem = createPublicKey({ key: selfTestJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  return createHmac('sha256', pem).update(input).digest('base64url')
}

function encode(...parts: readonly object[]): string {
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}
