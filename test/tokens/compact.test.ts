import t from 'tap'
import { decodeCompact as decodeWith, refuseHeader } from '../../src/tokens/compact.ts'
import { Scratch } from '../../src/tokens/scratch.ts'

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

const scratch = new Scratch(2 ** 20)
const decodeCompact = (token: string) => decodeWith(token, scratch)

const header = { alg: 'RS256', kid: 'k1' }
const headerB64 = encode(header)
const payloadB64 = encode({ sub: 'x' })
const signatureB64 = Buffer.alloc(256, 7).toString('base64url')

t.test('decodes header and payload and keeps what is signed, and with what', async (t) => {
  t.strictSame(decodeCompact(`${headerB64}.${payloadB64}.${signatureB64}`), {
    header,
    payload: { sub: 'x' },
    payloadText: '{"sub":"x"}',
    signed: `${headerB64}.${payloadB64}`,
    signature: signatureB64,
  })
})

t.test('leaves a token without a signature to the check of its algorithm', async (t) => {
  t.match(decodeCompact(`${headerB64}.${payloadB64}.`), { header, signature: '' })
})

t.test('refuses anything but three parts of base64url', async (t) => {
  const tokens = [
    '',
    '.',
    '..',
    headerB64,
    `${headerB64}.${payloadB64}`,
    `.${payloadB64}.${signatureB64}`,
    `${headerB64}..${signatureB64}`,
    `${headerB64}.${payloadB64}.${signatureB64}.`,
    `${headerB64}.${payloadB64}.${signatureB64}.${signatureB64}.x`,
    ` ${headerB64}.${payloadB64}.${signatureB64}`,
    `${headerB64}.${payloadB64}.${signatureB64}\n`,
    `${headerB64}.${payloadB64}.${signatureB64}==`,
    `${headerB64}.${payloadB64}=.${signatureB64}`,
    `${headerB64}.${payloadB64}.${signatureB64.slice(0, -2)}+/`,
    `{"protected":"${headerB64}"}`,
  ]
  for (const token of tokens) t.equal(decodeCompact(token), undefined, JSON.stringify(token))
})

t.test('refuses a part whose length no bytes have', async (t) => {
  for (const part of ['A', 'AAAAA']) {
    t.equal(decodeCompact(`${headerB64}.${payloadB64}.${part}`), undefined)
    t.equal(decodeCompact(`${headerB64}.${part}.${signatureB64}`), undefined)
    t.equal(decodeCompact(`${part}.${payloadB64}.${signatureB64}`), undefined)
  }
})

t.test('takes no token for which there is no room', async (t) => {
  const token = `${headerB64}.${payloadB64}.${signatureB64}`
  t.ok(decodeWith(token, new Scratch(token.length)))
  t.equal(decodeWith(token, new Scratch(token.length - 1)), undefined)
})

t.test('accepts one spelling of every byte sequence', async (t) => {
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
  for (const start of ['A', 'AA', 'AAA']) {
    const accepted = alphabet.filter((last) => decodeCompact(`${headerB64}.${payloadB64}.${start}${last}`))
    const canonical = alphabet.filter(
      (last) => Buffer.from(start + last, 'base64url').toString('base64url') === start + last,
    )
    t.strictSame(accepted, canonical, `${accepted.length} spellings end ${start}`)
  }
})

t.test('accepts one spelling of header and payload too', async (t) => {
  const respell = (part: string) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)
  const short = encode({ a: 1 })
  t.same(Buffer.from(respell(short), 'base64url'), Buffer.from(short, 'base64url'), 'the same bytes')
  t.ok(decodeCompact(`${short}.${short}.${signatureB64}`))
  t.equal(decodeCompact(`${respell(short)}.${short}.${signatureB64}`), undefined)
  t.equal(decodeCompact(`${short}.${respell(short)}.${signatureB64}`), undefined)
})

t.test('refuses a header or payload that is not a JSON object in UTF-8', async (t) => {
  const values = ['', 'x', '{', '[]', '"x"', 'null', '1', 'true', '{"a":1}x', '\ufeff{"a":1}', '{"a":1,}', "{'a':1}"]
  const parts = [...values.map(encode), Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')]
  for (const part of parts) {
    t.equal(decodeCompact(`${part}.${payloadB64}.${signatureB64}`), undefined, part)
    t.equal(decodeCompact(`${headerB64}.${part}.${signatureB64}`), undefined, part)
  }
})

t.test('takes __proto__ for a name like any other', async (t) => {
  const payload = encode('{"__proto__":{"sub":"mallory"}}')
  const decoded = decodeCompact(`${headerB64}.${payload}.${signatureB64}`)
  t.equal(decoded?.payload.sub, undefined)
  t.strictSame(Object.keys(decoded?.payload ?? {}), ['__proto__'])
})

t.test('reads JSON as deep as it comes', async (t) => {
  const payload = encode(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
  t.ok(decodeCompact(`${headerB64}.${payload}.${signatureB64}`))
})

t.test('accepts the header of a Cognito token', async (t) => {
  for (const extra of [
    {},
    { typ: 'JWT' },
    { typ: 'jwt' },
    { typ: 'at+jwt' },
    { typ: 'application/at+JWT' },
    { b64: true },
  ]) {
    t.equal(refuseHeader({ ...header, ...extra }), undefined, JSON.stringify(extra))
  }
})

t.test('refuses every algorithm but RS256 before anything else', async (t) => {
  const algorithms = [
    'none',
    'None',
    '',
    'rs256',
    'RS256 ',
    'RS384',
    'RS512',
    'HS256',
    'PS256',
    'ES256',
    'EdDSA',
    undefined,
    null,
  ]
  for (const alg of [...algorithms, ['RS256'], { RS256: 1 }, 256]) {
    t.equal(refuseHeader({ kid: 'k1', alg, crit: [] }), 'algorithm_not_allowed', JSON.stringify(alg))
  }
})

t.test('refuses extensions, compression and tokens typed for another purpose', async (t) => {
  const extras = [
    { crit: ['exp'] },
    { crit: [] },
    { crit: undefined },
    { zip: 'DEF' },
    { b64: false },
    { typ: 'dpop+jwt' },
    { typ: 'logout+jwt' },
    { typ: '' },
    { typ: null },
    { typ: 1 },
    { typ: ['jwt'] },
    { typ: { toString: 'jwt' } },
    { typ: [[[['jwt']]]] },
  ]
  for (const extra of extras) t.equal(refuseHeader({ ...header, ...extra }), 'token_malformed', JSON.stringify(extra))
})

t.test('refuses a header without a usable kid', async (t) => {
  for (const kid of [undefined, null, '', 1, ['k1'], {}]) t.equal(refuseHeader({ alg: 'RS256', kid }), 'key_unknown')
})
