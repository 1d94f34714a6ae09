/** Which methods and hosts a rule is for, and that no other verb or Host escapes it. */
import t from 'tap'
import { compileMatcher } from '../../src/decide/match.ts'
import { checkLabels, rule } from '../helpers/rules.ts'

const open = { auth: 'none' } as const
const gated = { groups: ['admin'] }

t.test('protects the path above a wildcard too', async (t) => {
  const rules = [rule('/*', open), rule('/admin/*', gated)]
  checkLabels(t, rules, [
    ['/admin', '/admin/*'],
    ['/admin/', '/admin/*'],
    ['/ADMIN', '/admin/*'],
    ['/admin/x', '/admin/*'],
  ])
  checkLabels(t, rules, [
    ['/administrator', '/*'],
    ['/admi', '/*'],
    ['/', '/*'],
  ])
  checkLabels(
    t,
    [rule('/*', gated)],
    [
      ['/', '/*'],
      ['/x/y', '/*'],
    ],
  )
  checkLabels(
    t,
    [rule('/a/:x/*', gated)],
    [
      ['/a/1', '/a/:x/*'],
      ['/a', 'default'],
    ],
  )
})

t.test('lets the path above a wildcard have a rule of its own', async (t) => {
  checkLabels(
    t,
    [rule('/admin/*', gated), rule('/admin')],
    [
      ['/admin', '/admin'],
      ['/admin/x', '/admin/*'],
    ],
  )
  checkLabels(
    t,
    [rule('/admin/*', gated), rule('/admin', open)],
    [
      ['/admin', '/admin'],
      ['/admin/x', '/admin/*'],
      ['/ADMIN', 'refused'],
    ],
  )
})

t.test('protects the path above a wildcard where a public rule does not list the method or host', async (t) => {
  checkLabels(
    t,
    [rule('/*', open), rule('/admin/*', gated), rule('/admin', { ...open, methods: ['GET'] })],
    [
      [{ url: '/admin', method: 'GET' }, '/admin'],
      [{ url: '/admin', method: 'POST' }, '/admin/*'],
      [{ url: '/ADMIN', method: 'POST' }, '/admin/*'],
      [{ url: '/admin', method: 'PROPFIND' }, '/admin/*'],
    ],
  )
  checkLabels(
    t,
    [rule('/*', open), rule('/admin/*', gated), rule('/admin', { ...open, host: 'a.example' })],
    [
      [{ url: '/admin', host: 'a.example' }, '/admin'],
      [{ url: '/admin', host: 'b.example' }, '/admin/*'],
    ],
  )
  checkLabels(
    t,
    [rule('/*', open), rule('/admin/*', { ...gated, host: 'a.example' }), rule('/admin', open)],
    [
      [{ url: '/admin', host: 'a.example' }, '/admin'],
      [{ url: '/admin', host: 'b.example' }, '/admin'],
      [{ url: '/admin/x', host: 'b.example' }, 'none'],
    ],
  )
})

t.test('refuses a method that no rule of the path lists', async (t) => {
  const rules = [
    rule('/*', open),
    rule('/x', { ...gated, methods: ['GET'] }),
    rule('/x/*', { ...gated, methods: ['PUT'] }),
  ]
  checkLabels(t, rules, [
    [{ url: '/x', method: 'GET' }, '/x'],
    [{ url: '/x', method: 'HEAD' }, 'none'],
    [{ url: '/x', method: 'PUT' }, 'none'],
    [{ url: '/X.', method: 'POST' }, 'none'],
    [{ url: '/x/y', method: 'PUT' }, '/x/*'],
    [{ url: '/x/y', method: 'GET' }, 'none'],
    [{ url: '/y', method: 'POST' }, '/*'],
  ])
})

t.test('shares a path between rules for different methods', async (t) => {
  const rules = [
    rule('/x', { ...open, methods: ['GET'] }),
    rule('/X', { ...gated, methods: ['POST', 'PUT'] }),
    rule('/x', { auth: 'optional', methods: ['DELETE'] }),
  ]
  const match = compileMatcher(rules)
  const authOf = (method: string, url: string) => {
    const route = match(method, '', { path: url, folded: url.toLowerCase(), isPlain: true })
    return route && `${route.label} ${route.auth}`
  }
  t.equal(authOf('GET', '/x'), '/x none')
  t.equal(authOf('POST', '/x'), '/X required')
  t.equal(authOf('PUT', '/X'), '/X required')
  t.equal(authOf('DELETE', '/x'), '/x optional')
  t.equal(authOf('PATCH', '/x'), undefined, 'a method no rule lists')
  t.equal(authOf('GET', '/X'), 'default required', 'another spelling of the public method')
})

t.test('refuses a Host that no rule of the path is for', async (t) => {
  const rules = [
    rule('/*', open),
    rule('/x', { ...gated, host: 'a.example' }),
    rule('/y/*', { ...gated, host: 'a.example' }),
  ]
  checkLabels(t, rules, [
    [{ url: '/x', host: 'a.example' }, '/x'],
    [{ url: '/x', host: 'b.example' }, 'none'],
    [{ url: '/x', host: '' }, 'none'],
    [{ url: '/x', host: '__proto__' }, 'none'],
    [{ url: '/y', host: 'b.example' }, 'none'],
    [{ url: '/y/1', host: 'b.example' }, 'none'],
    [{ url: '/z', host: 'b.example' }, '/*'],
  ])
})

t.test('prefers the rule for the host of the request on the same path', async (t) => {
  checkLabels(
    t,
    [rule('/x', { host: 'a.example', ...gated }), rule('/x', open)],
    [
      [{ url: '/x', host: 'a.example' }, '/x'],
      [{ url: '/X', host: 'b.example' }, 'refused'],
    ],
  )
  const match = compileMatcher([rule('/x', { host: 'a.example', ...gated }), rule('/x', open)])
  const path = { path: '/x', folded: '/x', isPlain: true }
  t.match(match('GET', 'a.example', path), { auth: 'required' }, 'demanding rule of the host, public rule of all')
  t.match(match('GET', 'b.example', path), { auth: 'none' })
  const other = compileMatcher([rule('/x', { host: 'a.example', ...open }), rule('/x', gated)])
  t.match(other('GET', 'a.example', path), { auth: 'none' }, 'public rule of the host, demanding rule of all')
  t.match(other('GET', 'b.example', path), { auth: 'required' })
})
