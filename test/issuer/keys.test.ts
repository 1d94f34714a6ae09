import { createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { createKeys, type Keys, type TokenUse } from '../../src/issuer/keys.ts'
import { mintToken } from '../../src/issuer/tokens.ts'

function publishedKids(keys: Keys): string[] {
  return keys.jwks().keys.map(({ kid }) => kid)
}

/** Verifies with the published keys only, as an outsider does. */
function verifiesWithPublishedKeys(keys: Keys, token: string): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
  const jwk = keys.jwks().keys.find((key) => key.kid === kid)
  if (jwk === undefined) return false
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))
}

t.test('publishes two RSA-2048 keys in the form of a Cognito key set', (t) => {
  const keys = createKeys()
  const { keys: published } = keys.jwks()
  t.equal(published.length, 2)
  for (const jwk of published) {
    t.same(Object.keys(jwk).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
    t.match(jwk, { alg: 'RS256', e: 'AQAB', kty: 'RSA', use: 'sig' })
    t.equal(Buffer.from(jwk.n, 'base64url').length, 256, 'a modulus of 2048 bits')
    t.match(jwk.kid, /^[A-Za-z0-9+/]{43}=$/)
  }
  t.end()
})

t.test('signs access tokens and ID tokens with different keys', (t) => {
  const keys = createKeys()
  t.not(keys.current('access').kid, keys.current('id').kid)
  t.same(publishedKids(keys), [keys.current('access').kid, keys.current('id').kid])
  for (const use of ['access', 'id'] satisfies TokenUse[]) {
    t.ok(verifiesWithPublishedKeys(keys, mintToken(keys.current(use), { use })), `${use} token verifies`)
  }
  t.end()
})

t.test('keeps the rotated keys published until the next rotation', (t) => {
  const keys = createKeys()
  const first = publishedKids(keys)
  const oldToken = mintToken(keys.current('access'), { sub: 'x' })
  keys.rotate()
  const second = [keys.current('access').kid, keys.current('id').kid]
  t.same(publishedKids(keys), [...second, ...first])
  t.ok(verifiesWithPublishedKeys(keys, oldToken), 'a token from before the rotation still verifies')
  keys.rotate()
  t.same(publishedKids(keys), [keys.current('access').kid, keys.current('id').kid, ...second])
  t.notOk(verifiesWithPublishedKeys(keys, oldToken), 'two rotations later it does not')
  t.end()
})

t.test('stops publishing a withdrawn key and says whether it was published', (t) => {
  const keys = createKeys()
  const { kid } = keys.current('access')
  keys.rotate()
  t.equal(keys.withdraw(kid), true)
  t.notOk(publishedKids(keys).includes(kid))
  t.equal(publishedKids(keys).length, 3)
  t.equal(keys.withdraw(kid), false)
  t.end()
})

t.test('does not bring a withdrawn key back on rotation', (t) => {
  const keys = createKeys()
  const { kid } = keys.current('access')
  keys.withdraw(kid)
  keys.rotate()
  t.notOk(publishedKids(keys).includes(kid))
  t.end()
})

t.test('replaces the material of a key under the same kid', (t) => {
  const keys = createKeys()
  const before = keys.jwks()
  const token = mintToken(keys.current('access'), { sub: 'x' })
  keys.replaceMaterial('access')
  const after = keys.jwks()
  t.same(
    after.keys.map(({ kid }) => kid),
    before.keys.map(({ kid }) => kid),
  )
  t.not(after.keys[0]?.n, before.keys[0]?.n)
  t.equal(after.keys[1]?.n, before.keys[1]?.n, 'the other key is untouched')
  t.notOk(verifiesWithPublishedKeys(keys, token), 'the old signature no longer verifies')
  t.ok(verifiesWithPublishedKeys(keys, mintToken(keys.current('access'), { sub: 'x' })))
  t.end()
})

t.test('publishes no private member', (t) => {
  const text = JSON.stringify(createKeys().jwks())
  for (const member of ['"d"', '"p"', '"q"', '"dp"', '"dq"', '"qi"']) t.notOk(text.includes(member), member)
  t.end()
})
