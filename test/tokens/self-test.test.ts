/** The tokens of the self-test are what they claim to be, and a verifier that misjudges one of them is detected. */
import { createHmac, createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { findMisjudged, selfTestJwk, trials } from '../../src/tokens/self-test.ts'
import type { Rejected } from '../../src/tokens/verify.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { createCaller } from '../helpers/caller.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

const publicKey = createPublicKey({ key: selfTestJwk, format: 'jwk' })
const refusals = trials.length - 1

function partsOf(what: string) {
  const { token = '' } = trials.find((trial) => trial.what === what) ?? {}
  const [header = '', payload = '', signature = ''] = token.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const input = `${header}.${payload}`
  const isSigned = verify('sha256', Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'))
  return { input, signature, isSigned, header: read(header), payload: read(payload) }
}

t.test('three tokens are truly signed: one is good, one old, one of another issuer', async (t) => {
  const good = partsOf('that is good')
  const { iss, exp } = good.payload
  t.ok(good.isSigned)
  t.match(good.header, { alg: 'RS256', kid: selfTestJwk.kid })
  for (const what of ['that has expired', 'of another issuer']) {
    const { isSigned, header } = partsOf(what)
    t.ok(isSigned, what)
    t.same(header, good.header, what)
  }
  t.same(partsOf('that has expired').payload, { ...good.payload, exp: 1_000_000_000 })
  t.ok(Number(exp) > 2 ** 33, 'the good one never expires')
  t.not(partsOf('of another issuer').payload['iss'], iss)
})

t.test(
  'three are forgeries of the good one: altered, without a signature, with the public key as a secret',
  async (t) => {
    const good = partsOf('that is good')
    const altered = partsOf('that was altered')
    t.notOk(altered.isSigned)
    t.equal(altered.signature, good.signature)
    t.not(altered.payload['sub'], good.payload['sub'])
    t.match(partsOf('without a signature'), { header: { alg: 'none' }, payload: good.payload, signature: '' })
    const symmetric = partsOf('signed with the public key as a secret')
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    t.match(symmetric, { header: { alg: 'HS256' }, payload: good.payload })
    t.equal(symmetric.signature, createHmac('sha256', pem).update(symmetric.input).digest('base64url'))
  },
)

t.test('a verifier that accepts everything is found out by every forgery', async (t) => {
  const found = findMisjudged(() => createCaller())
  t.equal(found.length, refusals)
  t.match(found, ['a token that has expired is verified, not token_expired'])
})

t.test('one that refuses everything, or does not answer at once, is found out by the good one', async (t) => {
  const rejected: Rejected = { kind: 'rejected', reason: 'signature_invalid' }
  t.match(findMisjudged(() => rejected)[0], 'a token that is good is signature_invalid, not verified')
  t.equal(findMisjudged(() => Promise.resolve(createCaller())).length, trials.length)
})

t.test('no running gate trusts the key: even the good token is of an unknown issuer', async (t) => {
  const { runtime, clock, fetches } = await createReadyRuntime()
  const before = fetches.length
  for (const { what, token } of trials) {
    const verification = await verifyToken(runtime.verifier, token, clock.now())
    t.equal(verification.kind, 'rejected', what)
  }
  const { token = '' } = trials[0] ?? {}
  t.match(verifyToken(runtime.verifier, token, clock.now()), { kind: 'rejected', reason: 'issuer_unknown' })
  t.equal(runtime.verifier.cache.counts().entries, 0)
  t.equal(fetches.length, before)
})
