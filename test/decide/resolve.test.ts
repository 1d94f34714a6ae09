import t from 'tap'
import { compileMatcher } from '../../src/decide/match.ts'
import { adviseOn, nameForm } from '../../src/decide/resolve.ts'
import { findFor, rule } from '../helpers/rules.ts'

const match = compileMatcher([
  rule('/*', { auth: 'none' }),
  rule('/admin', { groups: ['admin'] }),
  rule('/read', { methods: ['GET'], groups: ['staff'] }),
])

function ambiguityOf(url: string) {
  const found = findFor(match, { url, method: 'PUT' })
  if (found === 'malformed escape') return found
  if (typeof found !== 'object' || !('form' in found)) throw new Error(`${url} is not ambiguous`)
  return found
}

t.test('a form has a name that a reader of the log knows', async (t) => {
  const names = [
    ['/x/..%2fadmin', 'dot segment'],
    ['/admin;x', 'path parameter'],
    ['/admin%EF%BC%9Fx', 'full-width question mark'],
    ['/admin%E3%80%81%EF%BC%83x', undefined],
    ['/a%zz', 'malformed escape'],
    ['/x/%c0%ae%C0%AE/admin', 'overlong escape'],
    ['/x/%e0%80%ae%f0%80%80%ae/admin', 'overlong escape'],
    ['/x%c0%af..%c0%afadmin', 'overlong escape'],
    ['/%c1%a1dmin', 'overlong escape'],
    ['/read;x', 'path parameter'],
    ['/%5fcogate;x/..', undefined],
  ] as const
  for (const [url, name] of names) {
    if (name !== undefined) t.equal(nameForm(ambiguityOf(url)), name, url)
  }
  t.equal(
    nameForm({ form: 'unicode', readings: ['/%E3%81%82%E3%81%84', '/'], rules: ['a', 'b'] }),
    'compatibility character',
  )
})

t.test('an overlong escape is read as the letter that it spells, and only there', async (t) => {
  for (const url of ['/x/%c0%ae%c0%ae/desk', '/%c3%a9/x', '/x/%c0', '/x/%c0%2e/admin', '/%e3%81%82/%c2%ae']) {
    t.same(findFor(match, { url, method: 'PUT' }), findFor(match, { url: '/x', method: 'PUT' }), url)
  }
})

t.test('the advice names both rules and the word that allows the form', async (t) => {
  const ambiguity = ambiguityOf('/admin;x')
  if (typeof ambiguity === 'string') throw new Error(ambiguity)
  t.match(adviseOn(ambiguity), /rules \/\* and \/admin demand the same.*allow: \[semicolon\]/)
  const none = ambiguityOf('/read;x')
  if (typeof none === 'string') throw new Error(none)
  t.match(none.rules, ['/*', 'none'])
})

t.test('too many readings are one form of their own', async (t) => {
  const long = `/${'%2541;x/../'.repeat(20)}%252f%255c%00%23%3f;//.%20./a`
  const huge = `/${'a%20B/'.repeat(1300)};x`
  for (const url of [long, huge]) {
    const ambiguity = ambiguityOf(url)
    t.match(ambiguity, { form: 'tooManyReadings' })
    if (typeof ambiguity !== 'string') t.match(adviseOn(ambiguity), /plainer path/)
    t.equal(nameForm(ambiguity), 'too many forms at once')
  }
})

t.test('a path of the gate in one reading, and of the service in another, is ambiguous', async (t) => {
  t.match(ambiguityOf('/x/../_cogate/y'), { rules: ['/*', 'endpoint'] })
  t.equal(findFor(match, { url: '/_COGATE/y' }), 'endpoint')
})
