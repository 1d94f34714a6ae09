import t from 'tap'
import { describeRefusedToken } from '../../src/ops/refused-token.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const describe = (payload: object, header: object = { kid: 'k1' }) =>
  describeRefusedToken(`${encode(header)}.${encode(payload)}.c2ln`)

t.test('tells issuer, app client, key and audience of a token, and no other claim', async (t) => {
  const payload = { iss: 'https://issuer.example/p', client_id: 'c1', aud: 'https://api.example', sub: 's', email: 'e' }
  t.strictSame(describe(payload), { iss: payload.iss, client_id: 'c1', kid: 'k1', aud: payload.aud })
  t.strictSame(describe({ aud: ['a', 'b'] }, {}), {
    iss: undefined,
    client_id: undefined,
    kid: undefined,
    aud: ['a', 'b'],
  })
})

t.test('shortens long values and escapes what is no visible ASCII', async (t) => {
  t.equal(describe({ iss: 'i'.repeat(1000) })?.iss, `${'i'.repeat(128)}…`)
  t.equal(describe({ iss: 'a\n\u001b[31m\u202eb\ud83d\ude00' })?.iss, String.raw`a\u000a\u001b[31m\u202eb\ud83d\ude00`)
  t.equal(describe({ aud: Array.from({ length: 50 }, () => 'x') })?.aud?.length, 5)
  t.match(describe({ iss: 5, client_id: null, aud: [{}] }), { iss: '(number)', client_id: '(null)', aud: ['(object)'] })
})

t.test('shows no token, also where a claim holds one', async (t) => {
  const token = `${encode({ alg: 'RS256', kid: 'k1' })}.${encode({ sub: 'alice' })}.c2ln`
  for (const value of [token, `Bearer ${token}`])
    t.notMatch(JSON.stringify(describe({ aud: value, iss: value })), /eyJ/)
})

t.test('tells nothing where there is no token to read', async (t) => {
  for (const value of [undefined, '', 'x', 'a.b.c']) {
    t.equal(describeRefusedToken(value), undefined, String(value))
  }
})
