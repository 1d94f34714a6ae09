import t from 'tap'
import type { Found } from '../../src/credentials/credentials.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createCredentials } from '../helpers/credentials.ts'

interface Row {
  readonly what: string
  readonly lines?: readonly string[]
  readonly url?: string
  readonly expected: Found | string
}

/** A text is the token. */
async function read(sources: readonly string[], { lines = [], url = '/' }: Row): Promise<Found> {
  const { extract } = await createCredentials({ sources })
  return extract({ method: 'GET', url, fields: readFields(['Host', 'app.example', ...lines]) }, 100)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

const [none, malformed, tooLarge, conflict] = (['none', 'malformed', 'too_large', 'conflict'] as const).map((kind) => ({
  kind,
})) as [Found, Found, Found, Found]

const basic = (text: string): readonly string[] => ['Authorization', `Basic ${base64(text)}`]
const cookies = (text: string): readonly string[] => ['Cookie', text]
const protocols = (text: string): readonly string[] => ['Sec-WebSocket-Protocol', text]
const amplify = 'CognitoIdentityServiceProvider.client1'

const tables: Readonly<Record<string, readonly Row[]>> = {
  basicPassword: [
    { what: 'the password', lines: basic('alice:a.b.c'), expected: 'a.b.c' },
    { what: 'a scheme in small letters', lines: ['Authorization', `basic ${base64('x:a.b.c')}`], expected: 'a.b.c' },
    { what: 'a scheme in capitals', lines: ['Authorization', `BASIC   ${base64('x:a.b.c')}`], expected: 'a.b.c' },
    { what: 'no user name', lines: basic(':a.b.c'), expected: 'a.b.c' },
    { what: 'a user name outside ASCII', lines: basic('Jürgen 山田:a.b.c'), expected: 'a.b.c' },
    { what: 'a colon in the password', lines: basic('x:a:b.c'), expected: 'a:b.c' },
    { what: 'an empty password', lines: basic('alice:'), expected: malformed },
    { what: 'no colon', lines: basic('a.b.c'), expected: malformed },
    { what: 'nothing behind the scheme', lines: ['Authorization', 'Basic'], expected: malformed },
    { what: 'blanks behind the scheme', lines: ['Authorization', 'Basic  '], expected: malformed },
    { what: 'text that is not base64', lines: ['Authorization', 'Basic a:b'], expected: malformed },
    { what: 'base64url', lines: ['Authorization', 'Basic eDrDv8O_w78='], expected: malformed },
    { what: 'base64 without its padding', lines: ['Authorization', 'Basic eDphLmIuYw'], expected: malformed },
    {
      what: 'base64 whose last bits are not zero',
      lines: ['Authorization', 'Basic eDphLmIuYx=='],
      expected: malformed,
    },
    { what: 'something behind the base64', lines: ['Authorization', `Basic ${base64('x:a')} y`], expected: malformed },
    { what: 'a long password', lines: basic(`x:${'a'.repeat(101)}`), expected: tooLarge },
    { what: 'a bearer token, which is not configured', lines: ['Authorization', 'Bearer a.b.c'], expected: none },
    { what: 'another scheme', lines: ['Authorization', 'Basically x'], expected: none },
    { what: 'no header', expected: none },
  ],
  'cookie:tok': [
    { what: 'the cookie', lines: cookies('tok=a.b.c'), expected: 'a.b.c' },
    { what: 'the cookie among others', lines: cookies('a=1; tok=a.b.c; b=2'), expected: 'a.b.c' },
    { what: 'no blank between cookies', lines: cookies('a=1;tok=a.b.c;b=2'), expected: 'a.b.c' },
    { what: 'the cookie on a line of its own', lines: [...cookies('a=1'), ...cookies('tok=a.b.c')], expected: 'a.b.c' },
    { what: 'a quoted value', lines: cookies('tok="a.b.c"'), expected: 'a.b.c' },
    { what: 'one quote', lines: cookies('tok="'), expected: '"' },
    { what: 'blanks around it', lines: cookies('a=1;  tok = a.b.c ; b=2'), expected: 'a.b.c' },
    { what: 'an equals sign in the value', lines: cookies('tok=a.b.c='), expected: 'a.b.c=' },
    { what: 'an empty value', lines: cookies('tok='), expected: none },
    { what: 'an empty quoted value', lines: cookies('tok=""'), expected: none },
    { what: 'a name alone', lines: cookies('tok'), expected: none },
    { what: 'another letter case', lines: cookies('Tok=a.b.c'), expected: none },
    { what: 'a longer name', lines: cookies('xtok=a.b.c; tok2=a.b.c'), expected: none },
    { what: 'the cookie twice', lines: cookies('tok=a.b.c; tok=d.e.f'), expected: conflict },
    { what: 'the cookie twice with one value', lines: cookies('tok=a.b.c; tok=a.b.c'), expected: conflict },
    { what: 'the cookie on two lines', lines: [...cookies('tok=a'), ...cookies('tok=b')], expected: conflict },
    { what: 'a large value', lines: cookies(`tok=${'a'.repeat(101)}`), expected: tooLarge },
    { what: 'a bearer token', lines: ['Authorization', 'Bearer a.b.c'], expected: none },
  ],
  amplify: [
    {
      what: 'the token of the last user',
      lines: cookies(`${amplify}.LastAuthUser=alice; ${amplify}.alice.accessToken=a.b.c; ${amplify}.alice.idToken=i`),
      expected: 'a.b.c',
    },
    {
      what: 'a user name that is percent-encoded',
      lines: cookies(`${amplify}.a%40b.c.accessToken=a.b.c; ${amplify}.LastAuthUser=a@b.c`),
      expected: 'a.b.c',
    },
    {
      what: 'a name and a value that are percent-encoded',
      lines: cookies(`${amplify}.LastAuthUser=%E5%B1%B1; ${amplify}.%E5%B1%B1.accessToken=a.b.c`),
      expected: 'a.b.c',
    },
    {
      what: 'the last user of several',
      lines: cookies(`${amplify}.LastAuthUser=bo; ${amplify}.al.accessToken=a; ${amplify}.bo.accessToken=b.b.b`),
      expected: 'b.b.b',
    },
    { what: 'no last user', lines: cookies(`${amplify}.alice.accessToken=a.b.c`), expected: none },
    { what: 'no token', lines: cookies(`${amplify}.LastAuthUser=alice`), expected: none },
    {
      what: 'an empty last user',
      lines: cookies(`${amplify}.LastAuthUser=; ${amplify}..accessToken=a`),
      expected: none,
    },
    {
      what: 'another app client',
      lines: cookies(`${amplify}x.LastAuthUser=alice; ${amplify}x.alice.accessToken=a.b.c`),
      expected: none,
    },
    {
      what: 'the token twice, once percent-encoded',
      lines: cookies(`${amplify}.LastAuthUser=a; ${amplify}.a.accessToken=1; ${amplify}.%61.accessToken=2`),
      expected: conflict,
    },
    {
      what: 'two last users',
      lines: cookies(`${amplify}.LastAuthUser=a; ${amplify}.LastAuthUser=b; ${amplify}.a.accessToken=1`),
      expected: conflict,
    },
    {
      what: 'two app clients with a token each',
      lines: cookies(
        `${amplify}.LastAuthUser=a; ${amplify}.a.accessToken=1; CognitoIdentityServiceProvider.client2.LastAuthUser=a; CognitoIdentityServiceProvider.client2.a.accessToken=2`,
      ),
      expected: conflict,
    },
    {
      what: 'a name with a broken escape',
      lines: cookies(`${amplify}.LastAuthUser=a%zz; ${amplify}.a%zz.accessToken=a.b.c`),
      expected: 'a.b.c',
    },
  ],
  'insecureQuery:tok': [
    { what: 'the parameter', url: '/x?tok=a.b.c', expected: 'a.b.c' },
    { what: 'the parameter among others', url: '/x?a=1&tok=a.b.c&b=2', expected: 'a.b.c' },
    { what: 'a name that is percent-encoded', url: '/x?%74o%6B=a.b.c', expected: 'a.b.c' },
    { what: 'a question mark in another value', url: '/x?a=?&tok=a.b.c', expected: 'a.b.c' },
    { what: 'an empty value', url: '/x?tok=', expected: malformed },
    { what: 'a name alone', url: '/x?tok', expected: malformed },
    { what: 'a broken escape in another name', url: '/x?%zz=1&tok=a.b.c', expected: 'a.b.c' },
    { what: 'another letter case', url: '/x?Tok=a.b.c', expected: none },
    { what: 'the name in the path', url: '/tok=a.b.c', expected: none },
    { what: 'no query', url: '/x', expected: none },
    { what: 'the parameter twice', url: '/x?tok=a&tok=b', expected: conflict },
    { what: 'the parameter twice, once percent-encoded', url: '/x?tok=a&%74ok=a', expected: conflict },
    { what: 'the parameter again behind a semicolon', url: '/x?tok=a;tok=b', expected: conflict },
    { what: 'the parameter behind a semicolon alone', url: '/x?a=1;tok=a.b.c', expected: conflict },
    { what: 'a large value', url: `/x?tok=${'a'.repeat(101)}`, expected: tooLarge },
  ],
  webSocketProtocol: [
    { what: 'the entry behind the marker', lines: protocols('base64url.bearer.cogate, a.b.c'), expected: 'a.b.c' },
    { what: 'entries around it', lines: protocols('chat,base64url.bearer.cogate,a.b.c, x'), expected: 'a.b.c' },
    {
      what: 'marker and token on two lines',
      lines: [...protocols('base64url.bearer.cogate'), ...protocols('a.b.c')],
      expected: 'a.b.c',
    },
    {
      what: 'the form of Kubernetes',
      lines: protocols('chat, base64url.bearer.authorization.k8s.io.YS5iLmM'),
      expected: 'a.b.c',
    },
    {
      what: 'the form of Kubernetes, not base64url',
      lines: protocols('base64url.bearer.authorization.k8s.io.a.b.c'),
      expected: malformed,
    },
    {
      what: 'the form of Kubernetes without a token',
      lines: protocols('base64url.bearer.authorization.k8s.io.'),
      expected: malformed,
    },
    { what: 'nothing behind the marker', lines: protocols('chat, base64url.bearer.cogate'), expected: malformed },
    {
      what: 'two markers',
      lines: protocols('base64url.bearer.cogate, a, base64url.bearer.cogate, b'),
      expected: conflict,
    },
    {
      what: 'both forms',
      lines: protocols('base64url.bearer.cogate, a, base64url.bearer.authorization.k8s.io.YQ'),
      expected: conflict,
    },
    { what: 'no marker', lines: protocols('chat, a.b.c'), expected: none },
    { what: 'no header', expected: none },
  ],
  bearer: [
    { what: 'the token', lines: ['Authorization', 'Bearer a.b.c'], expected: 'a.b.c' },
    { what: 'nothing behind the scheme', lines: ['Authorization', 'Bearer'], expected: malformed },
    { what: 'Basic, which is not configured', lines: basic('x:a.b.c'), expected: none },
  ],
}

for (const [source, rows] of Object.entries(tables)) {
  t.test(`${source} reads the token from its place and from no other`, async (t) => {
    for (const row of rows) {
      const expected = typeof row.expected === 'string' ? { kind: 'bearer', token: row.expected } : row.expected
      t.strictSame(await read([source], row), expected, row.what)
    }
  })
}

/** One good credential in each place. */
const places: Readonly<Record<string, Pick<Row, 'lines' | 'url'>>> = {
  bearer: { lines: ['Authorization', 'Bearer a.b.c'] },
  basicPassword: { lines: basic('x:a.b.c') },
  'cookie:tok': { lines: cookies('tok=a.b.c') },
  'cookie:other': { lines: cookies('other=a.b.c') },
  amplify: { lines: cookies(`${amplify}.LastAuthUser=a; ${amplify}.a.accessToken=a.b.c`) },
  'insecureQuery:tok': { url: '/x?tok=a.b.c' },
  'insecureQuery:other': { url: '/x?other=a.b.c' },
  webSocketProtocol: { lines: protocols('base64url.bearer.cogate, a.b.c') },
}

t.test(
  'two credentials in two places that are read are a conflict, and one of them that is not read is not there',
  async (t) => {
    const names = Object.keys(places)
    for (const [at, first] of names.entries()) {
      for (const second of names.slice(at + 1)) {
        // One header has one scheme.
        if (first === 'bearer' && second === 'basicPassword') continue
        const [one, other] = [places[first], places[second]]
        const url = [one?.url, other?.url]
          .filter((given) => given !== undefined)
          .join('&')
          .replace('&/x?', '&')
        const row = {
          what: '',
          expected: none,
          lines: [...(one?.lines ?? []), ...(other?.lines ?? [])],
          url: url || '/',
        }
        t.strictSame(await read([first, second], row), conflict, `${first} and ${second}`)
        t.strictSame(
          await read([first], row),
          { kind: 'bearer', token: 'a.b.c' },
          `${first}, with ${second} not configured`,
        )
      }
    }
  },
)

t.test('a malformed credential beside a good one is a conflict too', async (t) => {
  const row = { what: '', expected: conflict, lines: [...cookies('tok=a.b.c'), 'Authorization', 'Basic !'] }
  t.strictSame(await read(['basicPassword', 'cookie:tok'], row), conflict)
})

t.test(
  'amplify reads the ID token where the user pool takes no access tokens, and nothing without app clients',
  async (t) => {
    const lines = cookies(`${amplify}.LastAuthUser=a; ${amplify}.a.accessToken=A; ${amplify}.a.idToken=I`)
    const head = { method: 'GET', url: '/', fields: readFields(lines) }
    const ask = async (pool: object) => (await createCredentials({ sources: ['amplify'], pool })).extract(head, 100)
    t.strictSame(await ask({ tokenUse: ['id'] }), { kind: 'bearer', token: 'I' })
    t.strictSame(await ask({ tokenUse: ['id', 'access'] }), { kind: 'bearer', token: 'A' })
    t.strictSame(await ask({ clientIds: [], insecureAnyClient: true }), none)
  },
)

t.test('a header full of broken escapes costs no more than one that is as long', async (t) => {
  const { extract, withhold } = await createCredentials({
    sources: ['amplify', 'cookie:tok', 'insecureQuery:access_token'],
  })
  const users = `${amplify}.LastAuthUser=%;`.repeat(200)
  const rubbish = `${amplify}.%.accessToken=%;`.repeat(200)
  const cookie = users + rubbish + '%=a;'.repeat(3500)
  const url = `/x?${'%&'.repeat(4000)}`
  const fields = readFields(['Host', 'app.example', 'Cookie', cookie])
  const { user: before } = process.cpuUsage()
  t.same(extract({ method: 'GET', url, fields }, 100), conflict)
  withhold?.(fields, undefined)
  const ms = (process.cpuUsage().user - before) / 1000
  t.ok(ms < 300, `${ms} ms`)
})
