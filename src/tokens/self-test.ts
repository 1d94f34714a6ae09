/**
 * Six tokens that every verifier must judge right before it stands in front of anything. Their key signed them once and
 * was thrown away; its pool exists in this test only, and no gate ever trusts it.
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
}

/** Published as Cognito would. */
export const selfTestJwk = { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n: selfTestModulus, e: 'AQAB' } as const

/** Milliseconds since the epoch. The tokens expired long before, or never do: a library may read another clock. */
export const selfTestTime = 1_750_000_000_000

interface Trial {
  /** Behind "a token …". */
  readonly what: string
  readonly token: string
  readonly verdict: 'verified' | Reason
}

const header = { alg: 'RS256', kid }
const claims = { sub: 'self-test', iss: issuer, token_use: 'access', client_id: 'self-test', exp: 253_402_300_799 }

/** What is signed, member by member in this order. */
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

/** One clause for each token that is judged wrong; empty when all are judged right. */
export function findMisjudged(verify: (token: string) => Verification | Promise<Verification>): readonly string[] {
  return trials.flatMap(({ what, token, verdict }) => {
    const actual = nameVerdict(verify(token))
    return actual === verdict ? [] : [`a token ${what} is ${actual}, not ${verdict}`]
  })
}

function nameVerdict(verification: Verification | Promise<Verification>): string {
  // Its keys are there: nothing is to be waited for.
  if (verification instanceof Promise) return 'not judged at once'
  return verification.kind === 'verified' ? 'verified' : verification.reason
}

/** RFC 8725 section 2.1: a verifier that lets the token choose takes the public key for a shared secret. */
function signWithPublicKey(input: string): string {
  const pem = createPublicKey({ key: selfTestJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  return createHmac('sha256', pem).update(input).digest('base64url')
}

function encode(...parts: readonly object[]): string {
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}
