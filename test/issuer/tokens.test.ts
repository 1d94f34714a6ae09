import { verify } from 'node:crypto'
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify'
import { CognitoJwtInvalidTokenUseError, JwtExpiredError, JwtInvalidSignatureError } from 'aws-jwt-verify/error'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import {
  API_SIGN_IN_SCOPE,
  type MintContext,
  mintAccessToken,
  mintIdToken,
  mintM2mToken,
  mintToken,
  tamper,
} from '../../src/issuer/tokens.ts'

const NOW_MS = 1_790_000_000_123
const NOW_SECONDS = 1_790_000_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const keys = createKeys()
const context: MintContext = {
  keys,
  issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_DemoPool1',
  clientId: '1democlient2345678901234ab',
  now: () => NOW_MS,
}

interface Decoded {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

function decode(token: string): Decoded {
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header ?? ''), payload: JSON.parse(payload ?? '') }
}

function isSignedBy(use: 'access' | 'id', token: string): boolean {
  const [header, payload, signature = ''] = token.split('.')
  const input = Buffer.from(`${header}.${payload}`)
  return verify('sha256', input, keys.current(use).publicKey, Buffer.from(signature, 'base64url'))
}

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

function createVerifier(): { verifySync(token: string): unknown } {
  const { issuer } = context
  const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` })
  verifier.cacheJwks({ keys: [...keys.jwks().keys] })
  return verifier
}

t.test('mints an access token with exactly the claims of a Cognito user', (t) => {
  const { header, payload } = decode(mintAccessToken(context))
  t.same(Object.keys(header), ['kid', 'alg'])
  t.same(header, { kid: keys.current('access').kid, alg: 'RS256' })
  t.same(Object.keys(payload), [
    'sub',
    'iss',
    'version',
    'client_id',
    'origin_jti',
    'event_id',
    'token_use',
    'scope',
    'auth_time',
    'exp',
    'iat',
    'jti',
    'username',
  ])
  t.match(payload, { sub: UUID, origin_jti: UUID, event_id: UUID, jti: UUID })
  t.match(payload, {
    iss: context.issuer,
    version: 2,
    client_id: context.clientId,
    token_use: 'access',
    scope: 'openid profile email',
    auth_time: NOW_SECONDS,
    exp: NOW_SECONDS + 3600,
    iat: NOW_SECONDS,
    username: 'alice',
  })
  t.end()
})

t.test('mints an ID token with exactly the claims of a Cognito user', (t) => {
  const { header, payload } = decode(mintIdToken(context, { groups: ['admin'] }))
  t.same(header, { kid: keys.current('id').kid, alg: 'RS256' })
  t.same(Object.keys(payload), [
    'sub',
    'cognito:groups',
    'email_verified',
    'iss',
    'cognito:username',
    'origin_jti',
    'aud',
    'event_id',
    'token_use',
    'auth_time',
    'exp',
    'iat',
    'jti',
    'email',
  ])
  t.match(payload, {
    'cognito:groups': ['admin'],
    email_verified: true,
    'cognito:username': 'alice',
    aud: context.clientId,
    token_use: 'id',
    email: 'alice@example.com',
  })
  t.end()
})

t.test('mints a client_credentials token whose subject is the client and that names no user', (t) => {
  const { payload } = decode(mintM2mToken(context))
  const { jti, ...others } = payload
  t.match(jti, UUID)
  t.same(others, {
    sub: context.clientId,
    token_use: 'access',
    scope: 'api/read',
    auth_time: NOW_SECONDS,
    iss: context.issuer,
    exp: NOW_SECONDS + 3600,
    iat: NOW_SECONDS,
    version: 2,
    client_id: context.clientId,
  })
  t.end()
})

t.test('carries cognito:groups only when there are groups', (t) => {
  t.same(decode(mintAccessToken(context, { groups: ['a', 'b'] })).payload['cognito:groups'], ['a', 'b'])
  t.notOk('cognito:groups' in decode(mintAccessToken(context, { groups: [] })).payload)
  t.notOk('cognito:groups' in decode(mintIdToken(context)).payload)
  t.end()
})

t.test('leaves version out of an API sign-in token', (t) => {
  const { payload } = decode(mintAccessToken(context, { scope: API_SIGN_IN_SCOPE }))
  t.equal(payload['scope'], 'aws.cognito.signin.user.admin')
  t.notOk('version' in payload)
  t.end()
})

t.test('keeps the subject of a user and makes every other id new', (t) => {
  const first = decode(mintAccessToken(context, { username: 'bob' })).payload
  const second = decode(mintIdToken(context, { username: 'bob' })).payload
  t.equal(first['sub'], second['sub'])
  t.not(first['sub'], decode(mintAccessToken(context, { username: 'carol' })).payload['sub'])
  t.not(first['jti'], second['jti'])
  t.equal(decode(mintAccessToken(context, { sub: 'given' })).payload['sub'], 'given')
  t.end()
})

t.test('names another client when asked', (t) => {
  const options = { clientId: 'other' }
  t.equal(decode(mintAccessToken(context, options)).payload['client_id'], 'other')
  t.equal(decode(mintIdToken(context, options)).payload['aud'], 'other')
  t.match(decode(mintM2mToken(context, options)).payload, { sub: 'other', client_id: 'other' })
  t.end()
})

t.test('replaces, adds and removes claims and header parameters', (t) => {
  const token = mintAccessToken(context, {
    claims: { iss: 'https://elsewhere.example', aud: 'https://api.example', jti: undefined },
    header: { kid: 'unknown', typ: 'JWT', alg: undefined },
  })
  const { header, payload } = decode(token)
  t.same(header, { kid: 'unknown', typ: 'JWT' })
  t.match(payload, { iss: 'https://elsewhere.example', aud: 'https://api.example' })
  t.notOk('jti' in payload)
  t.ok(isSignedBy('access', token), 'the signature covers what was replaced')
  t.end()
})

t.test('mints an expired token as one that was issued an hour before it expired', (t) => {
  const { payload } = decode(mintAccessToken(context, { expiresInSeconds: -5 }))
  t.match(payload, { exp: NOW_SECONDS - 5, iat: NOW_SECONDS - 3605, auth_time: NOW_SECONDS - 3605 })
  t.match(decode(mintM2mToken(context, { expiresInSeconds: 300 })).payload, {
    exp: NOW_SECONDS + 300,
    iat: NOW_SECONDS,
  })
  t.end()
})

t.test('signs with the key of the token use and RSASSA-PKCS1-v1_5', (t) => {
  t.ok(isSignedBy('access', mintAccessToken(context)))
  t.ok(isSignedBy('access', mintM2mToken(context)))
  t.ok(isSignedBy('id', mintIdToken(context)))
  t.notOk(isSignedBy('access', mintIdToken(context)))
  t.end()
})

t.test('mints tokens that aws-jwt-verify accepts', (t) => {
  const verifier = createVerifier()
  for (const mint of [mintAccessToken, mintIdToken, mintM2mToken]) {
    const token = mint({ ...context, now: Date.now })
    t.same(verifier.verifySync(token), decode(token).payload, mint.name)
  }
  t.end()
})

t.test('mints tokens that the Cognito verifier of aws-jwt-verify accepts for their own use only', (t) => {
  const { clientId } = context
  const forUse = (tokenUse: 'access' | 'id') => {
    const verifier = CognitoJwtVerifier.create({ userPoolId: 'eu-west-1_DemoPool1', clientId, tokenUse })
    verifier.cacheJwks({ keys: [...keys.jwks().keys] })
    return verifier
  }
  const live = { ...context, now: Date.now }
  t.equal(forUse('access').verifySync(mintAccessToken(live)).username, 'alice')
  t.equal(forUse('access').verifySync(mintM2mToken(live)).sub, clientId)
  t.equal(forUse('id').verifySync(mintIdToken(live))['cognito:username'], 'alice')
  t.ok(catchError(() => forUse('access').verifySync(mintIdToken(live))) instanceof CognitoJwtInvalidTokenUseError)
  t.end()
})

t.test('mints an expired token that aws-jwt-verify calls expired', (t) => {
  const token = mintAccessToken({ ...context, now: Date.now }, { expiresInSeconds: -1 })
  t.ok(catchError(() => createVerifier().verifySync(token)) instanceof JwtExpiredError)
  t.end()
})

t.test('tampers with the payload and keeps the signature, so that verification fails', (t) => {
  const token = mintAccessToken({ ...context, now: Date.now }, { groups: ['admin'] })
  const forged = tamper(token)
  t.same(decode(forged).payload['cognito:groups'], ['admin', 'admin'])
  t.same(decode(tamper(mintM2mToken(context))).payload['cognito:groups'], ['admin'])
  t.equal(forged.split('.')[2], token.split('.')[2])
  t.notOk(isSignedBy('access', forged))
  t.ok(catchError(() => createVerifier().verifySync(forged)) instanceof JwtInvalidSignatureError)
  t.throws(() => tamper('not-a-token'), { name: 'TypeError' })
  t.end()
})

t.test('signs arbitrary claims as they are', (t) => {
  const token = mintToken(keys.current('access'), { sub: 'Ünïcode', nested: { list: [1, null] } })
  t.same(decode(token).payload, { sub: 'Ünïcode', nested: { list: [1, null] } })
  t.ok(isSignedBy('access', token))
  t.end()
})
