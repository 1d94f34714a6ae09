/**
 * Attack: a request carries a token so that cogate reads one and the service, a proxy or a colleague another, or so that it
 * reaches a log. A green run proves that the readers of passwords, cookies and parameters agree with readers that others have
 * written, that two tokens are always a conflict, and that what is withheld is found by no other reader.
 */
import { parseCookie } from 'cookie'
import fc from 'fast-check'
import t from 'tap'
import type { Credentials, Found } from '../../src/credentials/credentials.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createCredentials } from '../helpers/credentials.ts'

const fixed = { seed: 20_261_130, numRuns: 3000 }
const maxBytes = 10_000

function read({ extract }: Credentials, lines: readonly string[], url = '/'): Found {
  return extract({ method: 'GET', url, fields: readFields(lines) }, maxBytes)
}

function tokenOf(found: Found): string | undefined {
  return found.kind === 'bearer' ? found.token : undefined
}

/** Of RFC 4648, by the browser's own reader. Undefined: it takes it for no base64, or there is another spelling of it. */
function decodeWithAtob(text: string): string | undefined {
  try {
    const bytes = atob(text)
    return btoa(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

t.test('a password is what is behind the first colon, as another reader of base64 finds it', async (t) => {
  const credentials = await createCredentials({ sources: ['basicPassword'] })
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 30 })
  const encoded = fc.oneof(
    fc.tuple(ascii, ascii).map(([user, password]) => btoa(`${user}:${password}`)),
    fc.base64String({ maxLength: 60 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.trimStart()),
    fc.constantFrom('YTpi\n', 'YTpi ', 'YTo=', 'YTo', 'YTp=', '====', 'OmE=', 'YQ=='),
  )
  const property = fc.property(encoded, (text) => {
    const bytes = decodeWithAtob(text)
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(bytes ?? '') ?? []
    const found = read(credentials, ['Authorization', `Basic ${text}`])
    return password === '' ? found.kind === 'malformed' : tokenOf(found) === password
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

/** Cookies that are nearly the ones that are read. */
const name = fc.oneof(
  fc.constantFrom('tok', ' tok', 'tok ', '  tok', 'Tok', 'tok2', 'xtok', 't%6Fk', '"tok"', ''),
  fc.string({ unit: 'grapheme-ascii', maxLength: 5 }),
)
const value = fc.oneof(
  fc.constantFrom('a.b.c', '"a.b.c"', '"', '""', '', ' a ', 'a=b', 'a,b'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 8 }),
)
const pair = fc.oneof(
  fc.tuple(name, value).map(([left, right]) => `${left}=${right}`),
  name,
)
const header = fc
  .tuple(fc.array(pair, { maxLength: 6 }), fc.constantFrom('; ', ';', ';  ', ' ; '))
  .map(([pairs, separator]) => pairs.join(separator))

t.test('a cookie is the one that the cookie package finds, unless it comes twice', async (t) => {
  const credentials = await createCredentials({ sources: ['cookie:tok'] })
  const property = fc.property(header, (text) => {
    // It knows the first of two, and leaves quotes and escapes as they are.
    const known = parseCookie(text, { decode: (part: string) => part })['tok']
    const bare = known?.replace(/^"(.*)"$/s, '$1')
    const found = read(credentials, ['Cookie', text])
    if (found.kind === 'conflict') return (text.match(/tok/g) ?? []).length > 1
    // An empty cookie is none, and the next one counts.
    return bare === undefined || bare === '' ? true : tokenOf(found) === bare
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('of the cookies that reach the service none is a token, and all others do', async (t) => {
  const { withhold } = await createCredentials({ sources: ['cookie:tok'] })
  const parse = (text = '') => parseCookie(text, { decode: (part: string) => part })
  const property = fc.property(header, (end) => {
    // It finds nothing in a text of one character.
    const text = `first=1; ${end}`
    const { tok: _, ...others } = { ...parse(text) }
    const kept = { ...parse(withhold?.(readFields(['Cookie', text]), undefined).cookie) }
    return JSON.stringify(kept) === JSON.stringify(others)
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

const parameter = fc.oneof(
  fc
    .tuple(fc.constantFrom('tok', '%74ok', 't%6fk', 'Tok', 'tok[]', 'xtok', '%2574ok', '+tok', 'a', '%zz'), value)
    .map(([left, right]) => `${left}=${encodeURIComponent(right)}`),
  fc.constantFrom('tok', 'a', '', '=', 'a=1;tok=2'),
)
const query = fc.array(parameter, { maxLength: 6 }).map((parameters) => parameters.join('&'))

t.test('a parameter is the one that URLSearchParams finds, unless it comes twice', async (t) => {
  const credentials = await createCredentials({ sources: ['insecureQuery:tok'] })
  const property = fc.property(query, (text) => {
    const known = new URLSearchParams(text).getAll('tok')
    const found = read(credentials, [], `/x?${text}`)
    if (known.length > 1 || text.includes(';tok')) return found.kind === 'conflict'
    const [token] = known
    if (token === undefined) return found.kind === 'none'
    if (token === '') return found.kind === 'malformed'
    return decodeURIComponent(tokenOf(found) ?? '%00') === token
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test(
  'in the target that reaches the service URLSearchParams finds no token, and every other parameter',
  async (t) => {
    const { stripTarget } = await createCredentials({ sources: ['insecureQuery:tok'] })
    const property = fc.property(query, (text) => {
      const target = stripTarget?.(`/x?${text}`) ?? ''
      const kept = new URLSearchParams(target.split('?')[1] ?? '')
      const others = [...new URLSearchParams(text)].filter(([key, held]) => key !== 'tok' && !held.includes(';tok='))
      return !/[?&;]tok(?:[=&;]|$)/.test(target) && JSON.stringify([...kept]) === JSON.stringify(others)
    })
    t.doesNotThrow(() => fc.assert(property, fixed))
  },
)

t.test('no bytes in any place make a reader throw', async (t) => {
  const sources = ['bearer', 'basicPassword', 'cookie:tok', 'amplify', 'webSocketProtocol', 'insecureQuery:tok']
  const credentials = await createCredentials({ sources })
  const parts = fc.array(
    fc.oneof(
      fc.constantFrom(
        'Basic ',
        'Bearer ',
        'tok=',
        '; ',
        ', ',
        '%',
        '?',
        '&',
        'base64url.bearer.cogate',
        'LastAuthUser=',
      ),
      fc.constantFrom('CognitoIdentityServiceProvider.client1.', 'base64url.bearer.authorization.k8s.io.', 'YTpi'),
      fc.string({ unit: 'binary-ascii', maxLength: 6 }),
      fc.constantFrom('\u0080', 'ÿ', '%ff', '%E5%B1'),
    ),
    { maxLength: 12 },
  )
  const text = parts.map((all) => all.join(''))
  const names = ['Authorization', 'Cookie', 'Sec-WebSocket-Protocol', 'Referer', 'Origin'] as const
  const lines = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 4 }).map((all) => all.flat())
  const property = fc.property(lines, text, (given, target) => {
    const fields = readFields(given)
    credentials.extract({ method: 'POST', url: `/${target}`, fields }, maxBytes)
    const kept = credentials.withhold?.(fields, undefined)
    const again = credentials.extract({ method: 'GET', url: '/', fields: kept ?? fields }, maxBytes)
    credentials.stripTarget?.(`/${target}`)
    // What is left is what passes as it is: a bearer token of the caller.
    return again.kind === 'none' || /^bearer/i.test(kept?.authorization ?? '')
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})
