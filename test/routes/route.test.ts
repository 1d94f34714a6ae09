import t from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/errors.ts'
import {
  compareSpecificity,
  compileRoute,
  defaultRoute,
  isOpening,
  patternKey,
  refuseShadowed,
  specificityOf,
} from '../../src/routes/route.ts'
import { rule } from '../helpers/rules.ts'

t.test('demands a verified token, and no more, where no rule applies', async (t) => {
  t.match(defaultRoute, { label: 'default', auth: 'required', mode: 'enforce' })
  t.strictSame(defaultRoute.policy, { clientIds: undefined, scopes: [], anyScope: [], groups: undefined })
})

t.test('compiles a rule to a route named by its configured path', async (t) => {
  const route = compileRoute(rule('/Admin/*', { auth: 'optional', mode: 'report', groups: ['admin'] }))
  t.match(route, { label: '/Admin/*', auth: 'optional', mode: 'report' })
  t.strictSame(route.policy.groups, new Set(['admin']))
})

t.test('counts rules that let anonymous callers through as opening', async (t) => {
  t.equal(isOpening(rule('/a')), false)
  t.equal(isOpening(rule('/a', { auth: 'optional' })), true)
  t.equal(isOpening(rule('/a', { auth: 'none' })), true)
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

t.test('gives patterns that match the same paths the same key', async (t) => {
  t.equal(patternKey('/users/:id/files'), patternKey('/Users/:name/files/'))
  t.equal(patternKey('/%61dmin'), patternKey('/admin'))
  t.not(patternKey('/users/:id'), patternKey('/users/*'))
  t.not(patternKey('/users/:id'), patternKey('/users/id'))
  t.not(patternKey('/a:b'), patternKey('/a:c'), 'a colon inside a literal begins no parameter')
})

function shadowed(...configs: readonly RouteConfig[]): readonly string[] {
  try {
    refuseShadowed(configs)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(({ key }) => key)
  }
}

t.test('refuses a rule whose requests another one takes', async (t) => {
  t.strictSame(shadowed(rule('/a'), rule('/b'), rule('/a')), ['routes[2].path'])
  t.strictSame(shadowed(rule('/a'), rule('/A/')), ['routes[1].path'], 'another spelling')
  t.strictSame(shadowed(rule('/a/:x'), rule('/a/:y')), ['routes[1].path'], 'another parameter name')
  t.strictSame(shadowed(rule('/a'), rule('/a', { auth: 'none' })), ['routes[1].path'], 'demanding and opening')
  t.strictSame(shadowed(rule('/a'), rule('/a', { methods: ['GET'] })), ['routes[1].path'], 'every method and one')
  t.strictSame(shadowed(rule('/a', { methods: ['GET'] }), rule('/a')), ['routes[1].path'], 'one method and every')
  t.strictSame(shadowed(rule('/a', { methods: ['GET', 'PUT'] }), rule('/a', { methods: ['PUT'] })), ['routes[1].path'])
  t.strictSame(shadowed(rule('/a', { host: 'h' }), rule('/a', { host: 'h' })), ['routes[1].path'], 'the same host')
})

t.test('names every shadowed rule at once, with what it found and the rule in the way', async (t) => {
  const error = t.throws(() => refuseShadowed([rule('/a'), rule('/A'), rule('/a/')]), ConfigError) as ConfigError
  t.match(error.issues, [
    { key: 'routes[1].path', source: 'routes', found: '/A', expected: /\/a / },
    { key: 'routes[2].path', source: 'routes', found: '/a/', expected: /\/a / },
  ])
})

t.test('accepts rules that share a path and no request', async (t) => {
  t.strictSame(shadowed(rule('/a', { methods: ['GET'] }), rule('/a', { methods: ['POST'] })), [])
  t.strictSame(shadowed(rule('/a', { host: 'x' }), rule('/a', { host: 'y' }), rule('/a')), [])
  t.strictSame(shadowed(rule('/a', { auth: 'none' }), rule('/A', { auth: 'none' })), [], 'opening rules match exactly')
  t.strictSame(shadowed(rule('/a/*'), rule('/a'), rule('/a/:x'), rule('/a/b')), [])
  t.strictSame(shadowed(), [])
})
