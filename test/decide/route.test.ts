import t from 'tap'
import {
  compareSpecificity,
  compileRoute,
  defaultRoute,
  refuseShadowed,
  specificityOf,
} from '../../src/decide/route.ts'
import { ConfigError } from '../../src/errors.ts'
import { rule } from '../helpers/rules.ts'

t.test('demands a verified token, and no more, where no rule applies', async (t) => {
  t.match(defaultRoute, { label: 'default', auth: 'required', mode: 'enforce' })
  const nothing = {
    userPools: undefined,
    clientIds: undefined,
    scopes: [],
    anyScope: [],
    groups: undefined,
    acr: undefined,
    maxAuthAgeMs: undefined,
    further: undefined,
  }
  t.strictSame(defaultRoute.policy, nothing)
})

t.test('compiles a rule to a route named by its configured path', async (t) => {
  const route = compileRoute(rule('/Admin/*', { auth: 'optional', mode: 'report', groups: ['admin'] }))
  t.match(route, { label: '/Admin/*', auth: 'optional', mode: 'report' })
  t.strictSame(route.policy.groups, new Set(['admin']))
})

t.test('two rules that differ in their pools alone demand different things (FLD-30)', async (t) => {
  const demandOf = (userPools?: string[]) => compileRoute(rule('/a', userPools && { userPools })).demand
  t.not(demandOf(['a']), demandOf())
  t.not(demandOf(['a']), demandOf(['b']))
  t.equal(demandOf(['a', 'b']), demandOf(['b', 'a']))
})

t.test('orders patterns by their segments from the left, literal before parameter before wildcard', async (t) => {
  const ordered = [
    '/a/b/c',
    '/a/b/:x',
    '/a/b/*',
    '/a/b',
    '/a/:x/c',
    '/a/:x/*',
    '/a/:x',
    '/a/*',
    '/a',
    '/:x/b',
    '/:x',
    '/*',
  ]
  for (const [index, specific] of ordered.entries()) {
    for (const [other, general] of ordered.entries()) {
      const difference = compareSpecificity(specificityOf(specific), specificityOf(general))
      t.equal(Math.sign(difference), Math.sign(other - index), `${specific} against ${general}`)
    }
  }
})

t.test('names every shadowed rule at once, with what it found and the rule in the way', async (t) => {
  const error = t.throws(() => refuseShadowed([rule('/a'), rule('/A'), rule('/a/')]), ConfigError) as ConfigError
  t.match(error.issues, [
    { key: 'routes[1].path', source: 'routes', found: '/A', expected: /\/a / },
    { key: 'routes[2].path', source: 'routes', found: '/a/', expected: /\/a / },
  ])
})
