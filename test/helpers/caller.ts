/** A verified caller made without a token: what every step after verification is given. */
import { createPublicKey } from 'node:crypto'
import type { Claims } from '../../src/tokens/claims.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { createRig, poolId } from './jwks-rig.ts'
import { makePublishedKey } from './key-sets.ts'

const jwk = { ...makePublishedKey('k1'), kty: 'RSA', use: 'sig', alg: 'RS256' } as const
const publicKey = createPublicKey({ key: jwk, format: 'jwk' })

/** `claims` are added to the least a token has. */
export function createCaller(claims: Partial<Claims> = {}, changes: Partial<Verified> = {}): Verified {
  return {
    kind: 'verified',
    token: 'h.p.s',
    claims: { sub: 'sub-1', iss: 'https://issuer.example', token_use: 'access', exp: 2_000_000_000, ...claims },
    key: { jwk, publicKey, kid: 'k1', pool: poolId, withdrawn: false },
    keys: createRig().pool,
    expiresAtMs: 2_000_000_000_000,
    ...changes,
  }
}
