/**
 * Rules about what a route demands of claims, callers and tokens: a demand that nobody can meet, or that compares with nothing, is
 * a mistake.
 */
import type { RouteConfig } from '../../config.ts'
import { findNearest } from '../../issues/nearest.ts'
import type { KeyPath } from '../../table/key.ts'
import type { RuleContext } from '../rule.ts'

export function checkDemands(route: RouteConfig, path: KeyPath, context: RuleContext): void {
  checkClaims(route, [...path, 'claims'], context)
  checkSignedIn(route, path, context)
}

function checkClaims(route: RouteConfig, path: KeyPath, context: RuleContext): void {
  const { claims } = route
  if (claims === undefined) return
  const names = Object.keys(claims)
  if (names.length === 0 || names.includes('')) {
    const expected = 'claims by their names, none of them empty'
    context.report({ path, expected, line: "# such as { 'custom:plan': gold }" })
  }
  for (const [name, values] of Object.entries(claims)) {
    for (const value of values) checkValue(route, value, { ...context, path: [...path, name] })
  }
}

/** The value of a parameter is part of a path; one that is written twice would be two parts. */
function checkValue({ path: pattern }: RouteConfig, value: string, { path, report }: ValueContext): void {
  if (!value.startsWith(':') || value.startsWith('::')) return
  const known = pattern.split('/').filter((segment) => segment.startsWith(':'))
  if (known.filter((parameter) => parameter === value).length === 1) return
  const near = findNearest(value, known) ?? known[0]
  const expected = `a parameter that is once in the path of this rule, ${pattern}; the text ${value} is written :${value}`
  report({ path, expected, ...(near === undefined ? { write: `:${value}` } : { line: `# such as "${near}"` }) })
}

function checkSignInClient(route: RouteConfig, path: KeyPath, { config, report }: RuleContext): void {
  const { clientId = '' } = config.login
  const pool = config.userPools.find(({ clientIds }) => clientIds.includes(clientId))
  if (pool === undefined) return
  const { clientIds, userPools } = route
  if (clientIds && !clientIds.includes(clientId)) {
    const expected = `login.clientId among them, because people sign in with it here (auth: login)`
    report({ path: [...path, 'clientIds'], expected, write: [clientId, ...clientIds] })
  }
  if (userPools && !userPools.includes(pool.id)) {
    const expected = 'the user pool of login.clientId among them, because people sign in there (auth: login)'
    report({ path: [...path, 'userPools'], expected, write: [pool.id, ...userPools] })
  }
}

type ValueContext = RuleContext & { readonly path: KeyPath }

/** A session is the access token of a user, for the app client of the sign-in: people would sign in, and be refused. */
function checkSignedIn(route: RouteConfig, path: KeyPath, context: RuleContext): void {
  const { auth, tokenUse, subject } = route
  const { report } = context
  if (auth !== 'login') return
  checkSignInClient(route, path, context)
  if (tokenUse && !tokenUse.includes('access')) {
    const expected = 'access beside auth: login, because a session is an access token'
    report({ path: [...path, 'tokenUse'], expected, write: ['access', ...tokenUse] })
  }
  if (subject === 'machine') {
    report({ path: [...path, 'subject'], expected: 'user beside auth: login: people sign in', write: 'user' })
  }
}
