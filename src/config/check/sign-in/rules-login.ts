/**
 * Rules about browser sign-in: what it needs, and what would make it fail for everybody or open it for anybody.
 */

import { hasSessions, isAuthApiOn } from '../../auth-api.ts'
import type { Config } from '../../config.ts'
import { findPublicRule } from '../../paths/covering.ts'
import { redisServer } from '../../redis.ts'
import { closedOrigin, parseHttpUrl } from '../../table/addresses.ts'
import type { KeyPath } from '../../table/key.ts'
import { checkSafeOrigins, exampleOrigin } from '../page-origin.ts'
import type { RuleContext } from '../rule.ts'
import { checkRedisServer, redisLine } from '../rules-redis.ts'

const EXAMPLE_DOMAIN = 'https://auth.example.com'

/** What browser sign-in and the auth API need, which makes sessions too. */
export function checkLogin(context: RuleContext): void {
  const { login } = context.config
  checkOrigin(['publicUrl'], context.config.publicUrl, context)
  // Tokens that browsers send by themselves (`credentials.sources`) are held to it too, without any sign-in.
  checkSafeOrigins(['session', 'allowedOrigins'], context.config.session.allowedOrigins, context)
  if (isIssuer(login.domain)) {
    const expected = 'the domain of the user pool where people sign in, not the issuer of its tokens'
    context.report({ path: ['login', 'domain'], expected, write: EXAMPLE_DOMAIN })
  } else checkOrigin(['login', 'domain'], login.domain, context)
  if (login.domain !== undefined) checkDomain(context)
  else if (!hasPage(context.config)) checkUnused(context)
  if (login.domain !== undefined || isAuthApiOn(context.config.authApi)) checkNeeds(context)
}

/** People sign in on a page of the service, which calls the auth API. */
function hasPage(config: Config): boolean {
  return hasSessions(config) && config.authApi.signInPage !== undefined
}

/** The issuer host has no sign-in pages; a domain of Cognito is `….auth.REGION.amazoncognito.com`, or your own. */
function isIssuer(domain: string | undefined): boolean {
  return /^https?:\/\/(?:issuer-)?cognito-idp\./i.test(domain ?? '')
}

/** Plain http shows passwords and cookies to the network; a path would be lost. */
export function checkOrigin(path: KeyPath, value: string | undefined, { report }: RuleContext): void {
  if (value === undefined) return
  const url = parseHttpUrl(value)
  if (url === undefined) return
  const write = closedOrigin(url)
  if (url.pathname !== '/') report({ path, expected: 'an origin: scheme, host and port, without a path', write })
  else if (write !== url.origin) report({ path, expected: 'https; plain http is for loopback only', write })
}

/** A rule that sends people to a sign-in which is not there. */
function checkUnused({ config, report }: RuleContext): void {
  const index = config.routes.findIndex(({ auth }) => auth === 'login')
  if (index === -1) return
  const expected = `the domain of the user pool where people sign in, because routes[${index}] has auth: login`
  report({ path: ['login', 'domain'], found: 'nothing', expected, write: EXAMPLE_DOMAIN })
}

function checkNeeds(context: RuleContext): void {
  const { config, report } = context
  if (config.publicUrl === undefined) {
    const expected = 'the origin that browsers see; it is never taken from the Host header'
    report({ path: ['publicUrl'], found: 'nothing', expected, write: exampleOrigin })
  }
  checkClient(config, context)
  checkSecrets(config.session.secrets ?? [], context)
  checkCookie(config, context)
  checkStore(config, context)
  checkServiceSignOut(config, context)
}

function checkDomain({ config, report }: RuleContext): void {
  if (config.login.scopes.includes('openid')) return
  const expected = 'openid among the scopes; without it Cognito sends no ID token'
  report({ path: ['login', 'scopes'], expected, write: ['openid', ...config.login.scopes] })
}

function checkClient({ login, userPools }: Config, { report }: RuleContext): void {
  const listed = userPools.flatMap(({ clientIds }) => clientIds)
  const path = ['login', 'clientId']
  if (login.clientId === undefined) {
    const expected = 'the app client people sign in with, one of the clientIds of a user pool'
    report({ path, found: 'nothing', expected, write: listed[0] ?? '7h57kf5cf8b6sl9rexample' })
  } else if (!listed.includes(login.clientId)) {
    const expected = 'one of the clientIds of a user pool; tokens of other app clients are refused'
    report({ path, expected, write: listed[0] ?? login.clientId })
  }
}

/** Compared as a whole: any other text would match no request, and sign nobody out. */
const REQUEST_PATH = /^\/(?!\/)[!-"$-)+->@-[\]-~]*$/

function guessPath(text: string): string {
  const path = `/${text
    .replace(/^https?:\/\/[^/]*/i, '')
    .replace(/[?#*].*$/, '')
    .replace(/^\/+|\/+$/g, '')}`
  return path !== '/' && REQUEST_PATH.test(path) ? path : '/app/logout'
}

/** A public rule looks at no session, so nothing would end there, and a person would believe to be signed out. */
function checkServiceSignOut({ login, routes }: Config, { report }: RuleContext): void {
  for (const [index, path] of login.logout.on.entries()) {
    if (!REQUEST_PATH.test(path)) {
      const expected = 'a path as requests have it: it begins with one slash, and has neither query nor *'
      report({ path: ['login', 'logout', 'on', index], expected, write: guessPath(path) })
      continue
    }
    const open = findPublicRule(path, routes)
    if (open === undefined) continue
    report({
      path: ['login', 'logout', 'on', index],
      expected: `a path whose rule looks at sessions; the one of ${path} is routes[${open}], and public`,
      line: `# give ${path} a rule of its own with auth: optional`,
    })
  }
}

const leastSecret = 32

function checkSecrets(secrets: readonly string[], { report }: RuleContext): void {
  const path = ['session', 'secrets']
  const line = '# (umask 077; openssl rand -hex 32 > session-secret) and COGATE_SESSION_SECRETS_FILE=session-secret'
  if (secrets.length === 0) {
    const expected = 'a secret that seals the session cookies'
    report({ path, found: 'nothing', isShown: true, expected, line })
  }
  for (const [index, secret] of secrets.entries()) {
    if (secret.length >= leastSecret) continue
    const expected = `${leastSecret} random characters or more; this secret has ${secret.length}`
    report({ path: [...path, index], expected, line })
  }
}

/** An address that nobody uses is a mistake too: its user believes that sessions are there. */
function checkStore({ session, redis }: Config, context: RuleContext): void {
  const path = ['session', 'redis']
  if (session.store === 'redis' && redisServer(session.redis, redis) === undefined) {
    const expected = 'the address of Redis or Valkey, because session.store is redis'
    const missing = { found: 'nothing', isShown: true, expected, line: redisLine(path) } as const
    context.report({ path: [...path, 'url'], ...missing })
  } else if (session.store === 'cookie' && session.redis.url !== undefined) {
    const expected = 'redis, because session.redis.url is set; or no session.redis.url'
    context.report({ path: ['session', 'store'], expected, write: 'redis' })
    return
  }
  checkRedisServer(session.redis, path, context)
}

/** RFC 6265 section 4.1.1, without what would make two cookies of one. */
function checkCookie({ session, publicUrl = '' }: Config, { report }: RuleContext): void {
  const name = session.cookieName.replace(/^__(?:Host|Secure)-/i, '')
  const isGood = /^[A-Za-z0-9_-]{1,40}$/.test(name)
  if (!isGood || name !== session.cookieName) {
    const expected = 'letters, digits, - and _; cogate adds __Host- itself'
    report({ path: ['session', 'cookieName'], expected, write: isGood ? name : 'cogate' })
  }
  if (session.sameSite === 'none' && publicUrl.startsWith('http:')) {
    report({ path: ['session', 'sameSite'], expected: 'lax; none needs https in publicUrl', write: 'lax' })
  }
}
