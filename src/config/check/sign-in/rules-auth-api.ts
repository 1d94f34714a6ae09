/**
 * Rules about the JSON auth API: what it needs besides what every sign-in needs (`rules-login.ts`), and what would tell
 * strangers who has an account.
 */
import { isAuthApiOn } from '../../auth-api.ts'
import { findPublicRule } from '../../paths/covering.ts'
import { formatDuration } from '../../table/units.ts'
import type { RuleContext } from '../rule.ts'
import { checkOrigin } from '../rules-login.ts'

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
  for (const [index, origin] of authApi.allowedOrigins.entries()) {
    checkOrigin(path('allowedOrigins', index), origin, context)
  }
  checkTime(context)
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
