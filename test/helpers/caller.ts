/** A verified caller made without a token: what every step after verification is given. */
import { createPublicKey } from 'node:crypto'
import { compileIdentity } from '../../src/headers/identity.ts'
import { type Claims, clientId, groups, scopes } from '../../src/tokens/claims.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { createRig, poolId } from './jwks-rig.ts'
import { makePublishedKey } from './key-sets.ts'

const jwk = { ...makePublishedKey('k1'), kty: 'RSA', use: 'sig', alg: 'RS256' } as const
const publicKey = createPublicKey({ key: jwk, format: 'jwk' })

const { linesFor } = compileIdentity({ preset: 'default', stripPrefixes: [], passToken: true, unverifiedEmail: 'drop' })

/** The least a token has, and these. */
export function createClaims(claims: Partial<Claims> = {}): Claims {
  return { sub: 'sub-1', iss: 'https://issuer.example', token_use: 'access', exp: 2_000_000_000, ...claims }
}

/** With the headers of the default preset. */
export function createCaller(claims: Partial<Claims> = {}, changes: Partial<Verified> = {}): Verified {
  const token = 'h.p.s'
  const all = createClaims(claims)
  return {
    kind: 'verified',
    token,
    subject: all.sub,
    loggedSubject: all.sub,
    clientId: clientId(all),
    scopes: scopes(all),
    groups: groups(all),
    acr: typeof all['acr'] === 'string' ? all['acr'] : undefined,
    signedInAtMs: typeof all['auth_time'] === 'number' ? all['auth_time'] * 1000 : undefined,
    asked: undefined,
    ids: undefined,
    names: undefined,
    key: { jwk, publicKey, kid: 'k1', pool: poolId, withdrawn: false },
    keys: createRig().pool,
    expiresAtMs: 2_000_000_000_000,
    identityLines: linesFor(token, all),
    ...changes,
  }
}
