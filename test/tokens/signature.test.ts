import { constants, createHmac, sign } from 'node:crypto'
import { JwtVerifier } from 'aws-jwt-verify'
import { JwtInvalidSignatureError } from 'aws-jwt-verify/error'
import fc from 'fast-check'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintIdToken, mintToken, tamper } from '../../src/issuer/tokens.ts'
import { decodeCompact } from '../../src/tokens/compact.ts'
import { readJwkSet } from '../../src/tokens/keys/jwk-set.ts'
import { TrustedKeys } from '../../src/tokens/keys/trusted-keys.ts'
import { Scratch } from '../../src/tokens/scratch.ts'
import { isSignedBy } from '../../src/tokens/signature.ts'

const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1'
const keys = createKeys()
const context = { keys, issuer, clientId: 'client1', now: Date.now }
const token = mintAccessToken(context)
const { kid, privateKey } = keys.current('access')

const trusted = new TrustedKeys('pool')
trusted.replace([{ keys: readJwkSet(keys.jwks()).keys, fetchedAt: 0 }])

const scratch = new Scratch(64 * 1024)

function isSigned(text: string, keyId = kid): boolean {
  const compact = decodeCompact(text, scratch)
  const found = trusted.find(keyId)
  if (compact === undefined || found === undefined) throw new TypeError('not a token, or not a key')
  return isSignedBy(found.key.publicKey, compact, scratch)
}

/** What aws-jwt-verify says of the signature. Its other checks come later or succeed. */
const library = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` })
library.cacheJwks(keys.jwks() as unknown as Parameters<typeof library.cacheJwks>[0])

function libraryAccepts(text: string): boolean {
  try {
    library.verifySync(text)
    return true
  } catch (error) {
    if (error instanceof JwtInvalidSignatureError) return false
    throw error
  }
}

const withSignature = (bytes: Uint8Array) =>
  `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.from(bytes).toString('base64url')}`
const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')))
const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')

t.test('accepts what the key signed, and nothing that was changed after', async (t) => {
  t.equal(isSigned(token), true)
  t.equal(isSigned(tamper(token)), false)
  t.equal(isSigned(mintIdToken(context)), false, 'the key of ID tokens is another')
  t.equal(isSigned(mintAccessToken({ ...context, keys: createKeys() })), false)
})

t.test('refuses signatures by the right key in another scheme', async (t) => {
  t.equal(isSigned(withSignature(sign('sha512', signed, privateKey))), false, 'RS512')
  t.equal(isSigned(withSignature(sign('sha1', signed, privateKey))), false, 'RS1')
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }
  t.equal(isSigned(withSignature(sign('sha256', signed, pss))), false, 'PS256')
  const found = trusted.find(kid)?.key.publicKey.export({ type: 'spki', format: 'pem' }) ?? ''
  t.equal(isSigned(withSignature(createHmac('sha256', found).update(signed).digest())), false, 'HS256')
})

t.test('refuses signatures of any length and content without throwing', async (t) => {
  for (const length of [0, 1, 255, 257, 512, 4096]) {
    t.equal(isSigned(withSignature(Buffer.alloc(length))), false, `${length} zero bytes`)
    t.equal(isSigned(withSignature(Buffer.alloc(length, 0xff))), false, `${length} bytes of ones`)
  }
  t.equal(isSigned(withSignature(Buffer.concat([Buffer.alloc(1), signature]))), false, 'a leading zero')
  t.equal(isSigned(withSignature(signature.subarray(0, 255))), false, 'cut')
})

t.test('says of every signature what aws-jwt-verify says', async (t) => {
  t.equal(libraryAccepts(token), true)
  const spoilt = fc.oneof(
    fc.record({ at: fc.nat(255), flip: fc.integer({ min: 1, max: 255 }) }).map(({ at, flip }) => {
      const bytes = Buffer.from(signature)
      bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at)
      return withSignature(bytes)
    }),
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map(withSignature),
    fc
      .dictionary(fc.string(), fc.string())
      .map((claims) =>
        mintToken(keys.current('access'), { iss: issuer, ...claims, exp: undefined, nbf: undefined, aud: undefined }),
      ),
  )
  fc.assert(
    fc.property(spoilt, (text) => isSigned(text) === libraryAccepts(text)),
    { numRuns: 300 },
  )
})
