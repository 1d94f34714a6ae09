import t from 'tap'
import { checkLabels, rule } from '../helpers/rules.ts'

const admin = { groups: ['admin'] }
const open = { auth: 'none' as const }

t.test(
  'a rule of one page that demands something meets the page with a slash, also beside an open rule of what is below',
  async (t) => {
    const rules = [
      rule('/*'),
      rule('/users', admin),
      rule('/users/*', open),
      rule('/:x/list', admin),
      rule('/:x/list/*', open),
    ]
    checkLabels(t, rules, [
      ['/users', '/users'],
      ['/users/', '/users'],
      ['/USERS/', '/users'],
      ['/users//', 'refused'],
      ['/users;x/', 'refused'],
      ['/users/1', '/users/*'],
      ['/users/1/', '/users/*'],
      ['/a/list/', '/:x/list'],
      ['/a/list/b', '/:x/list/*'],
      ['/', '/*'],
    ])
  },
)

t.test(
  'a rule of all below a page that demands something meets the page with a slash, also where the page itself is open',
  async (t) => {
    const rules = [
      rule('/*', open),
      rule('/admin', open),
      rule('/admin/*', admin),
      rule('/a/b', open),
      rule('/:x/b/*', admin),
    ]
    checkLabels(t, rules, [
      ['/admin', '/admin'],
      ['/admin/', '/admin/*'],
      ['/Admin/', '/admin/*'],
      ['/admin/.', '/admin/*'],
      ['/admin/x', '/admin/*'],
      ['/a/b', '/a/b'],
      ['/a/b/', '/:x/b/*'],
      ['/', '/*'],
      ['/x/', '/*'],
    ])
  },
)

t.test(
  'an open rule of all below a page meets the page with a slash, unless that page has a rule of its own',
  async (t) => {
    const rules = [rule('/*', admin), rule('/public/*', open), rule('/:team', admin), rule('/:team/*', admin)]
    checkLabels(t, rules, [
      ['/public/', '/public/*'],
      ['/public', '/:team'],
      ['/public/a', '/public/*'],
      ['/other/', '/:team'],
    ])
  },
)

t.test('methods and hosts divide a page with a slash as they divide what is below it', async (t) => {
  const rules = [
    rule('/notes/*', { ...open, methods: ['GET'] }),
    rule('/notes/*', { ...admin, methods: ['POST'] }),
    rule('/files/*', { ...open, host: 'open.example' }),
    rule('/files/*', admin),
    rule('/desk', admin),
    rule('/desk/*', { ...open, host: 'open.example' }),
  ]
  checkLabels(t, rules, [
    ['/notes/', '/notes/*'],
    [{ url: '/notes/', method: 'POST' }, '/notes/*'],
    [{ url: '/notes/', method: 'PUT' }, 'none'],
    [{ url: '/files/', host: 'open.example' }, '/files/*'],
    ['/files/', '/files/*'],
    [{ url: '/desk/', host: 'open.example' }, '/desk'],
    [{ url: '/desk/x', host: 'open.example' }, '/desk/*'],
    ['/desk/', '/desk'],
  ])
})
