import t from 'tap'
import { extractCredential, isBearer } from '../../src/tokens/extract.ts'

function extract(authorization: string | undefined, maxTokenBytes = 10) {
  return extractCredential(authorization, maxTokenBytes)
}

t.test('reads the token after the scheme, whatever its case', async (t) => {
  for (const value of ['Bearer abc', 'bearer abc', 'BEARER abc', 'bEaReR abc', 'Bearer    abc']) {
    t.strictSame(extract(value), { kind: 'bearer', token: 'abc' }, value)
  }
})

t.test('leaves everything after the first blanks in the token, so that it is refused as a whole', async (t) => {
  t.strictSame(extract('Bearer a b'), { kind: 'bearer', token: 'a b' })
  t.strictSame(extract('Bearer a, Bearer b', 20), { kind: 'bearer', token: 'a, Bearer b' })
  t.strictSame(extract('Bearer \ta'), { kind: 'bearer', token: '\ta' })
})

t.test('finds no credential in another scheme or none', async (t) => {
  for (const value of [
    undefined,
    '',
    'Basic abc',
    'Bearerabc',
    'Bearer\tabc',
    'Bearer=abc',
    'Token Bearer abc',
    'Beare',
    ' Bearer a',
  ]) {
    t.strictSame(extract(value), { kind: 'none' }, JSON.stringify(value))
  }
})

t.test('takes the scheme without a token for malformed', async (t) => {
  for (const value of ['Bearer', 'bearer ', 'Bearer    ']) t.strictSame(extract(value), { kind: 'malformed' }, value)
})

t.test('takes a token longer than the limit for too large', async (t) => {
  t.match(extract(`Bearer ${'a'.repeat(10)}`), { kind: 'bearer' })
  t.strictSame(extract(`Bearer ${'a'.repeat(11)}`), { kind: 'too_large' })
  t.match(extract(`Bearer      ${'a'.repeat(10)}`), { kind: 'bearer' }, 'the token, not the header')
})

t.test('knows the scheme by itself', async (t) => {
  t.equal(isBearer('Bearer'), true)
  t.equal(isBearer('Bearer x'), true)
  t.equal(isBearer('Bearers'), false)
  t.equal(isBearer('Basic x'), false)
})
