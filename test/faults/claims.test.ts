/** Claims of every type and size, as Cognito lets users and administrators choose them, on their way to the service. */
import t from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const upstream = await startUpstream(t)
const gate = await startTestGate(t, { issuer, upstream: upstream.url })

async function ask(token: string) {
  const before = upstream.requests.length
  const bytes = `GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const { responses } = await sendRaw({ port: gate.port, bytes })
  return {
    status: responses[0]?.status,
    received: upstream.requests[before]?.rawHeaders ?? [],
    body: responses[0]?.body,
  }
}

/** The values of every line of that name. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

for (const [id, what, username, written] of [
  ['FLT-047', 'a name in Japanese', '名前', '%E5%90%8D%E5%89%8D'],
  ['FLT-047', 'a name of emoji', '😀', '%F0%9F%98%80'],
  ['FLT-048', 'a name in Latin-1', 'Zoë', 'Zo%C3%AB'],
  ['FLT-049', 'a line break in a name', 'a\r\nX-Admin: 1', 'a%0D%0AX-Admin: 1'],
  ['FLT-049', 'a NUL in a name', 'a\0b', 'a%00b'],
] as const) {
  t.test(`${id} writes ${what} in UTF-8 and percent encoding, on one line`, async (t) => {
    const { status, received } = await ask(issuer.mintAccessToken({ username }))
    t.equal(status, 200)
    t.strictSame(valuesOf(received, 'x-forwarded-user'), [written])
    t.strictSame(valuesOf(received, 'x-admin'), [])
  })
}

t.test('FLT-050 writes a comma in the name of a group so that it stays one group', async (t) => {
  const { status, received } = await ask(issuer.mintAccessToken({ groups: ['a,admin', 'b'] }))
  t.equal(status, 200)
  t.strictSame(valuesOf(received, 'x-forwarded-groups'), ['a%2Cadmin,b'])
})

t.test('FLT-051 writes a list on one line', async (t) => {
  const { received } = await ask(issuer.mintAccessToken({ groups: ['a', 'b'] }))
  t.strictSame(valuesOf(received, 'x-forwarded-groups'), ['a,b'])
})

t.test('FLT-052 refuses a token with a claim of 20 KB, and the service is not asked', async (t) => {
  const { status, received, body } = await ask(issuer.mintAccessToken({ claims: { 'custom:x': 'x'.repeat(20_000) } }))
  t.equal(status, 401)
  t.match(JSON.parse(body?.toString() ?? ''), { code: 'token_too_large' })
  t.strictSame(received, [])
})

t.test('FLT-053 sends no header for an empty claim', async (t) => {
  const { status, received } = await ask(issuer.mintAccessToken({ claims: { preferred_username: '' } }))
  t.equal(status, 200)
  t.strictSame(valuesOf(received, 'x-forwarded-preferred-username'), [])
})

t.test('FLT-053 names the user by the next claim where the name is empty (FLD-23)', async (t) => {
  const { status, received } = await ask(issuer.mintAccessToken({ username: '', sub: 's-1' }))
  t.equal(status, 200)
  t.strictSame(valuesOf(received, 'x-forwarded-user'), ['s-1'])
})

t.test('FLT-054 tells the service the client of a token without a user', async (t) => {
  const { status, received } = await ask(issuer.mintM2mToken())
  t.equal(status, 200)
  t.strictSame(valuesOf(received, 'x-forwarded-preferred-username'), [])
  t.strictSame(valuesOf(received, 'x-forwarded-email'), [])
  t.strictSame(valuesOf(received, 'x-cognito-client-id'), [issuer.clientId])
})
