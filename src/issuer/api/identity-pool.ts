/** An identity pool that trusts this user pool: an identity for each user, and credentials that no service of AWS takes. */
import { createHash, randomBytes } from 'node:crypto'
import { readToken } from '../login/user-info.ts'
import type { ApiCall, Output } from './call.ts'
import { mapOf, textOf } from './call.ts'
import { ApiFault, invalidParameter } from './fault.ts'

const lifetimeMs = 3_600_000

export function getId(call: ApiCall): Output {
  const pool = textOf(call.input, 'IdentityPoolId')
  const [region = '', id] = pool.split(':')
  if (id === undefined) throw invalidParameter('identityPoolId has no region')
  return { IdentityId: identityOf(call, region) }
}

export function getCredentials(call: ApiCall): Output {
  const identity = textOf(call.input, 'IdentityId')
  const [region = ''] = identity.split(':')
  if (identity !== identityOf(call, region))
    throw new ApiFault('NotAuthorizedException', 'Access to Identity is forbidden')
  const secret = () => randomBytes(30).toString('base64url')
  const Credentials = {
    AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    SecretKey: secret(),
    SessionToken: secret(),
    Expiration: Math.floor((call.exchange.context.now() + lifetimeMs) / 1000),
  }
  return { IdentityId: identity, Credentials }
}

/** The same at every sign-in of one user. */
function identityOf({ exchange, input }: ApiCall, region: string): string {
  const [[provider, token] = []] = Object.entries(mapOf(input, 'Logins'))
  const claims = typeof token === 'string' ? readToken(exchange, token) : undefined
  if (claims?.token_use !== 'id') throw new ApiFault('NotAuthorizedException', 'Invalid login token.')
  if (`http://${provider}` !== claims.iss && `https://${provider}` !== claims.iss) {
    throw new ApiFault('NotAuthorizedException', 'Token is not from a supported provider of this identity pool.')
  }
  const hash = createHash('sha256').update(claims.sub).digest('hex').slice(0, 32)
  return `${region}:${hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`
}
