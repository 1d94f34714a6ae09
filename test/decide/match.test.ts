import t from 'tap'
import { compileMatcher } from '../../src/decide/match.ts'
import { ConfigError } from '../../src/errors.ts'
import { checkLabels, labelFor, rule } from '../helpers/rules.ts'

const open = { auth: 'none' } as const
const gated = { groups: ['admin'] }

t.test('demands a token everywhere when there are no rules', async (t) => {
  checkLabels(
    t,
    [],
    [
      ['/', 'default'],
      ['/any/thing', 'default'],
      [{ url: '/', method: 'DELETE', host: '' }, 'default'],
    ],
  )
})

t.test('demands a token where no rule covers the path', async (t) => {
  checkLabels(
    t,
    [rule('/a', open)],
    [
      ['/b', 'default'],
      ['/a/b', 'default'],
      ['/', 'default'],
      ['/a', '/a'],
    ],
  )
})

t.test('lets the most specific rule win, whatever the order', async (t) => {
  const rules = ['/*', '/a', '/a/*', '/a/:x', '/a/b', '/a/:x/c', '/a/b/*', '/:x/y/z'].map((path) => rule(path))
  checkLabels(t, rules, [
    ['/', '/*'],
    ['/q', '/*'],
    ['/a', '/a'],
    ['/a/q', '/a/:x'],
    ['/a/b', '/a/b'],
    ['/a/b/c', '/a/b/*'],
    ['/a/q/c', '/a/:x/c'],
    ['/a/q/d', '/a/*'],
    ['/q/y/z', '/:x/y/z'],
    ['/a/y/z', '/a/*'],
  ])
})

t.test('lets the most specific rule win between opening and demanding ones', async (t) => {
  const rules = [
    rule('/*', open),
    rule('/a/*', gated),
    rule('/a/b/:x', open),
    rule('/a/b/c', gated),
    rule('/:x/y', gated),
  ]
  checkLabels(t, rules, [
    ['/q', '/*'],
    ['/a/q', '/a/*'],
    ['/a/b/q', '/a/b/:x'],
    ['/a/b/c', '/a/b/c'],
    ['/a/B/C', '/a/b/c'],
    ['/a/B/q', 'refused'],
    ['/q/y', '/:x/y'],
    ['/a/y', '/a/*'],
  ])
})

t.test('matches a rule that demands something in every spelling of its path', async (t) => {
  const rules = [rule('/*', open), rule('/Admin/:id/Keys', gated), rule('/caf%C3%A9', gated)]
  checkLabels(t, rules, [
    ['/admin/1/keys', '/Admin/:id/Keys'],
    ['/ADMIN/1/KEYS/', '/Admin/:id/Keys'],
    ['/%61dmin/%31/keys.', '/Admin/:id/Keys'],
    ['/admin%20/a%20b/keys', '/Admin/:id/Keys'],
    ['/adm%C4%B1n/1/%EF%BD%8Beys', '/Admin/:id/Keys'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/CAF%C3%89', '/caf%C3%A9'],
    ['/cafe%CC%81', '/caf%C3%A9'],
    ['/cafe', '/*'],
  ])
})

t.test('does not let a full-width delimiter hide the rest of a path from its rule', async (t) => {
  const rules = [rule('/*', open), rule('/:tenant/admin', gated), rule('/:tenant', { groups: ['tenants'] })]
  const hidden = ['/x%EF%BC%83/admin', '/x%EF%BC%9F/admin', '/x%EF%BC%8561/..', '/%20/admin', '/x%EF%BC%8Fy']
  checkLabels(
    t,
    rules,
    hidden.map((url) => [url, 'refused']),
  )
})

t.test('matches an opening rule to the letter', async (t) => {
  checkLabels(
    t,
    [rule('/Health', open), rule('/caf%C3%A9', open), rule('/d/*', open), rule('/o', { auth: 'optional' })],
    [
      ['/Health', '/Health'],
      ['/health', 'refused'],
      ['/Health/', 'default'],
      ['/Health.', 'refused'],
      ['/%48ealth', 'refused'],
      ['/caf%C3%A9', '/caf%C3%A9'],
      ['/caf%c3%a9', '/caf%C3%A9'],
      ['/cafe%CC%81', 'refused'],
      ['/d/', '/d/*'],
      ['/d/%41/B', '/d/*'],
      ['/d', 'default'],
      ['/D/x', 'refused'],
      ['/o', '/o'],
      ['/O', 'refused'],
    ],
  )
})

t.test('gives a parameter one segment that is not empty', async (t) => {
  checkLabels(
    t,
    [rule('/:page', open), rule('/users/:id', open), rule('/users/:id/files', gated), rule('/z/:id', gated)],
    [
      ['/x', '/:page'],
      ['/', 'default'],
      ['/users/7', '/users/:id'],
      ['/users/', 'default'],
      ['/users/7/files', '/users/:id/files'],
      ['/z/7', '/z/:id'],
      ['/z/', 'default'],
      ['/Z/a%E2%80%A8b', '/z/:id'],
      [`/z/${'7'.repeat(5000)}`, '/z/:id'],
    ],
  )
  checkLabels(
    t,
    [rule('/:tenant', gated)],
    [
      ['/', 'default'],
      ['/x', '/:tenant'],
    ],
  )
})

t.test('refuses rules that shadow one another, at compile time', async (t) => {
  t.throws(() => compileMatcher([rule('/a'), rule('/A/', { groups: ['x'] })]), ConfigError)
})

t.test('takes a colon inside a literal segment as it stands', async (t) => {
  checkLabels(
    t,
    [rule('/v1/items:batch', gated), rule('/v1/a::b', open), rule('/v1/:id', open)],
    [
      ['/v1/items:batch', '/v1/items:batch'],
      ['/V1/items%3Abatch', '/v1/items:batch'],
      ['/v1/itemsX', '/v1/:id'],
      ['/v1/items', '/v1/:id'],
      ['/v1/a::b', '/v1/a::b'],
      ['/v1/a:b', '/v1/:id'],
    ],
  )
})

t.test('gives a pattern the characters of router syntax as they stand', async (t) => {
  checkLabels(
    t,
    [rule("/~!$&'+,=@", gated), rule('/a-b.c', open)],
    [
      ["/~!$&'+,=@", "/~!$&'+,=@"],
      ['/a-b.c', '/a-b.c'],
      ['/a-bXc', 'default'],
    ],
  )
})

t.test('finds each of 1,000 rules', async (t) => {
  const rules = Array.from({ length: 1000 }, (_, index) =>
    rule(`/s${index % 10}/:x/p${index}${index % 3 === 0 ? '/*' : ''}`, index % 2 === 0 ? gated : open),
  )
  const match = compileMatcher(rules)
  const missed = rules.filter(
    ({ path }) => labelFor(match, { url: path.replace(':x', '42').replace('*', 'z/y') }) !== path,
  )
  t.strictSame(missed, [])
  t.equal(labelFor(match, { url: '/s1/42/p1000' }), 'default')
})

t.test('one path may have rules for as many hosts as there are', async (t) => {
  const hosts = Array.from({ length: 100 }, (_, index) => `h${index}.example`)
  const rules = hosts.map((host) => rule('/a/*', { host, groups: [host] }))
  const match = compileMatcher([...rules, rule('/a/*', { groups: ['others'] }), rule('/a/b')])
  const groupsAt = (host: string, path: string) =>
    match('GET', host, { path, folded: path, isPlain: true })?.policy.groups
  for (const host of hosts) t.strictSame(groupsAt(host, '/a/c'), new Set([host]), host)
  t.strictSame(groupsAt('elsewhere.example', '/a/c'), new Set(['others']))
  t.equal(groupsAt('h7.example', '/a/b'), undefined, 'the more specific path, though it names no host')
})
