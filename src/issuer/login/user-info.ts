/** `GET /oauth2/userInfo`: the attributes that the scopes of an access token open. Checks the token by itself. */
import { createPublicKey, verify } from 'node:crypto'
import type { Answer, Exchange } from '../exchange.ts'
import { workUnder } from '../faults.ts'
import { attributesFor, subjectOf } from './users.ts'

interface AccessClaims {
  readonly iss: string
  readonly sub: string
  readonly exp: number
  readonly token_use: string
  readonly username: string
  readonly scope: string
  readonly origin_jti: string
}

export function serveUserInfo(exchange: Exchange): Promise<Answer> {
  const { desk } = exchange.pool
  return workUnder(desk, desk.take({ at: 'userInfo' }), () => describeUser(exchange))
}

function describeUser(exchange: Exchange): Answer {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(exchange.request.headers.authorization ?? '')?.[1]
  if (token === undefined) return challenge(400, 'invalid_request', 'Bad OAuth2 request at UserInfo Endpoint')
  const claims = readAccessToken(exchange, token)
  const user = claims && exchange.pool.findUser(claims.username)
  if (claims === undefined || user === undefined || user.disabled === true) {
    const description = 'Access token is expired, disabled, or deleted, or the user has globally signed out.'
    return challenge(401, 'invalid_token', description)
  }
  if (!claims.scope.split(' ').includes('openid')) {
    return challenge(401, 'invalid_token', 'Access token does not contain openid scope')
  }
  const attributes = attributesFor(user, claims.scope)
  const verified = attributes['email_verified']
  // Cognito sends text here, and a boolean in the ID token.
  const body = {
    sub: subjectOf(user),
    ...attributes,
    email_verified: verified === undefined ? undefined : String(verified),
    username: user.username,
  }
  return { status: 200, body, headers: { 'cache-control': 'no-store' } }
}

/** Undefined: it is none of this pool, or it has expired or was revoked. */
export function readAccessToken(exchange: Exchange, token: string): AccessClaims | undefined {
  const claims = readToken(exchange, token)
  return claims?.token_use === 'access' ? claims : undefined
}

/** The same of an access token or an ID token. */
export function readToken({ context, pool }: Exchange, token: string): AccessClaims | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const key = context.keys.jwks().keys.find(({ kid }) => kid === decode<{ kid: string }>(header)?.kid)
  if (key === undefined) return undefined
  const publicKey = createPublicKey({ key, format: 'jwk' })
  const signed = Buffer.from(`${header}.${payload}`)
  if (!verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))) return undefined
  const claims = decode<AccessClaims>(payload)
  if (claims === undefined || claims.exp * 1000 <= context.now()) return undefined
  return pool.refreshTokens.isRevoked(claims.origin_jti) ? undefined : claims
}

function decode<T>(part: string): T | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}

function challenge(status: number, error: string, description: string): Answer {
  const headers = { 'www-authenticate': `Bearer error="${error}", error_description="${description}"` }
  return { status, body: { error, error_description: description }, headers }
}
