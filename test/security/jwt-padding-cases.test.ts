/**
 * RSA signatures whose padding is almost PKCS#1 v1.5 (RFC 8017 section 9.2), made with the pool's own key, so that only
 * the padding is wrong. A green run proves that the padding is compared as a whole, not searched for a hash.
 */
import { constants, hash, privateEncrypt } from 'node:crypto'
import t, { type Test } from 'tap'
import { encode, goodPayload, makeCaseKeys } from '../helpers/build-jwt.ts'
import { caseIssuerOptions, startCaseGate } from '../helpers/case-gate.ts'
import { pairWithTests, readJwtCases } from '../helpers/cases.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const modulusBytes = 256
const ff = (count: number) => 'ff'.repeat(count)
const sha256Info = '3031300d060960864801650304020105000420'

/** 00 01 ff … ff 00 and the rest, in hex, filled up to the modulus. */
function pad(rest: string): string {
  return `0001${ff(modulusBytes - 3 - rest.length / 2)}00${rest}`
}

const forgeries: Readonly<Record<string, (digest: string, message: string) => string>> = {
  'the hash right behind a short padding, garbage behind it': (digest) => {
    const start = `0001${ff(8)}00${sha256Info}${digest}`
    return start + '00'.repeat(modulusBytes - start.length / 2)
  },
  'garbage behind the hash': (digest) => pad(`${sha256Info}${digest}00`),
  'block type 0': (digest) => pad(sha256Info + digest).replace(/^0001/, '0000'),
  'block type 2': (digest) => pad(sha256Info + digest).replace(/^0001/, '0002'),
  'a first byte that is not zero': (digest) => pad(sha256Info + digest).replace(/^00/, '01'),
  'padding that is not all ff': (digest) => pad(sha256Info + digest).replace(/^0001ffff/, '0001fffe'),
  'a zero inside the padding': (digest) => pad(sha256Info + digest).replace(/^0001ffff/, '0001ff00'),
  'no zero behind the padding': (digest) => pad(sha256Info + digest).replace(/ff00(?=3031)/, 'ffff'),
  'no DigestInfo': (digest) => pad(digest),
  'no NULL parameters': (digest) => pad(`302f300b06096086480165030402010420${digest}`),
  'garbage in the parameters': (digest) => pad(`3035301106096086480165030402010404deadbeef0420${digest}`),
  'lengths in long form': (digest) => pad(`308131300d060960864801650304020105000420${digest}`),
  'an indefinite length': (digest) => pad(`3080300d060960864801650304020105000420${digest}0000`),
  'the OID of SHA-1 over a SHA-256 hash': (digest) => pad(`302d300906052b0e03021a05000420${digest}`),
  'SHA-512 instead of SHA-256': (_digest, message) =>
    pad(`3051300d060960864801650304020305000440${hash('sha512', message, 'hex')}`),
  'the hash of something else': () => pad(sha256Info + hash('sha256', 'something else', 'hex')),
}

const keys = makeCaseKeys()
const issuer = await startTestIssuer(t, caseIssuerOptions)

function forge(now: number, padding: (digest: string, message: string) => string): string {
  const message = `${encode(JSON.stringify({ kid: 'k1', alg: 'RS256' }))}.${encode(JSON.stringify(goodPayload(now)))}`
  const block = Buffer.from(padding(hash('sha256', message, 'hex'), message), 'hex')
  const key = { key: keys.K1.privateKey, padding: constants.RSA_NO_PADDING }
  return `${message}.${encode(privateEncrypt(key, block))}`
}

const tests = {
  async 'JWT-184'(t) {
    const { send, nowSeconds, upstream } = await startCaseGate(t, { issuer, keys })
    for (const [name, padding] of Object.entries(forgeries)) {
      t.equal(await send(t, forge(nowSeconds(), padding)), 'signature_invalid', name)
    }
    t.equal(upstream.requests.length, 0)
    const genuine = forge(nowSeconds(), (digest) => pad(sha256Info + digest))
    t.equal(await send(t, genuine), 200, 'the same way of signing, with the right padding, is accepted')
  },
} satisfies Record<string, (t: Test) => Promise<void>>

for (const [row, test] of pairWithTests(readJwtCases('external'), tests)) t.test(`${row.id} ${row.name}`, test)
