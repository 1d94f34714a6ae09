/**
 * Rules about the JSON auth API: what it needs besides what every sign-in needs (`rules-login.ts`), and what would tell
 * strangers who has an account.
 */
import { isAuthApiOn } from '../../auth-api.ts'
import { findPublicRule } from '../../paths/covering.ts'
import { formatDuration } from '../../table/units.ts'
import { checkSafeOrigins } from '../page-origin.ts'
import type { RuleContext } from '../rule.ts'
import { checkOrigin } from './rules-login.ts'

const path = (...keys: readonly (string | number)[]) => ['authApi', ...keys]

export function checkAuthApi(context: RuleContext): void {
  const { config, report } = context
  const { authApi } = config
  checkOrigin(path('endpoint'), authApi.endpoint, context)
  if (authApi.enabled === true && authApi.operations.length === 0) {
    const expected = 'the operations that exist, because authApi.enabled is true'
    report({
      path: path('operations'),
      found: 'nothing',
      expected,
      write: ['signIn', 'challenge', 'signOut', 'session'],
    })
  }
  if (!isAuthApiOn(authApi)) return
  checkPage(context)
  checkIdentityPool(context)
  checkSafeOrigins(path('allowedOrigins'), authApi.allowedOrigins, context)
  checkTime(context)
}

/** Sessions are the only place where an ID token waits for this. */
function checkIdentityPool(context: RuleContext): void {
  const { config, report } = context
  const { operations, identityPool, identityEndpoint, mode } = config.authApi
  checkOrigin(path('identityEndpoint'), identityEndpoint, context)
  const write = 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d'
  if (identityPool !== undefined && !/^[a-z]{2}(?:-[a-z]+)+-\d:[\da-f-]{36}$/.test(identityPool)) {
    report({ path: path('identityPool'), expected: 'the id of an identity pool', write })
  }
  if (!operations.includes('awsCredentials')) return
  if (identityPool === undefined) {
    const expected = 'the id of an identity pool, because authApi.operations has awsCredentials'
    report({ path: path('identityPool'), found: 'nothing', expected, write })
  }
  if (mode === 'tokens') {
    const expected = 'cookie, because authApi.operations has awsCredentials; a caller with tokens asks AWS itself'
    report({ path: path('mode'), expected, write: 'cookie' })
  }
}

const leastMs = 100

/** A known user takes longer than an unknown one. */
function checkTime({ config: { authApi }, report }: RuleContext): void {
  if (authApi.reveal || authApi.minTimeMs >= leastMs) return
  const expected = `${formatDuration(leastMs)} or more; a shorter time tells who has an account, unless authApi.reveal is true`
  report({ path: path('minTime'), expected, write: '400ms' })
}

/** A page that nobody is sent to, or that sends people to itself. */
function checkPage({ config, report }: RuleContext): void {
  const { authApi, login, routes } = config
  const { signInPage: page } = authApi
  if (page === undefined) return
  const at = path('signInPage')
  if (!/^\/(?![/\\])[!-~]*$/.test(page) || /[?#\\]/.test(page)) {
    report({ path: at, expected: 'a path of this site, such as /sign-in.html', write: '/sign-in.html' })
  } else if (login.domain !== undefined) {
    const expected = 'no page, because login.domain is set: people sign in there'
    report({ path: at, expected, line: '# delete authApi.signInPage' })
  } else if (findPublicRule(page, routes) === undefined) {
    const expected = 'a path with a public rule; otherwise the page sends people to itself'
    report({ path: at, expected, line: `# routes: [{ path: ${page}, auth: none }]` })
  }
}
