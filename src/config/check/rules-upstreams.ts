/**
 * Rules about the services behind the gate: each has a name of its own and is not cogate itself, and what rules say of them
 * fits together. Nothing here opens a connection.
 */
import type { Config, ListenAddress, RouteConfig, UpstreamConfig } from '../config.ts'
import { defaultUpstream } from '../config.ts'
import { findNearest } from '../issues/nearest.ts'
import { isLoopbackHost, isWildcardHost, UPSTREAM_NAME, UPSTREAM_PREFIX } from '../table/addresses.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

/** Every service, with the key that it is configured under. */
export function servicesOf({ upstream, upstreams }: Config): readonly { path: KeyPath; settings: UpstreamConfig }[] {
  const further = upstreams.map((settings, index) => ({ path: ['upstreams', index], settings }))
  return [{ path: ['upstream'], settings: upstream }, ...further]
}

export function checkUpstreams(context: RuleContext): void {
  for (const { path, settings } of servicesOf(context.config)) checkUpstream(settings, path, context)
  checkNames(context)
  checkRoutes(context)
}

function checkUpstream({ tls, url }: UpstreamConfig, parent: KeyPath, { config, report }: RuleContext): void {
  // One that is missing has an issue of its own.
  if (url === '') return
  const path = [...parent, 'url']
  // A request to ourselves would come back until every connection is used up.
  const own = [config.listen, config.ops.listen].findIndex((address) => reaches(url, address))
  if (own !== -1) {
    const other = own === 0 ? 'the one cogate listens on' : 'the ops listener'
    const line = '# the host and port of the service'
    report({ path, expected: `the address of the service, not ${other}`, line })
    return
  }
  const wantsTls = tls.insecureSkipVerify || Object.keys(tls).length > 1
  if (!wantsTls || !url.startsWith('http:')) return
  const tlsKey = formatKey([...parent, 'tls'])
  const expected = `an https URL, because ${tlsKey} is set: plain http would send tokens in the clear`
  report({ path, expected, write: url.replace('http:', 'https:') })
}

function reaches(upstream: string, own: ListenAddress): boolean {
  if (upstream.startsWith('unix:')) return false
  const { hostname, port, protocol } = new URL(upstream)
  const isPort = own.port === Number(port || (protocol === 'https:' ? 443 : 80))
  return isPort && (hostname === own.host || (isLocal(hostname) && isLocal(own.host)))
}

function isLocal(host: string): boolean {
  return isLoopbackHost(host) || isWildcardHost(host)
}

/** Rules, metrics and log lines name a service. */
function checkNames({ config, report, whereIs }: RuleContext): void {
  const names = config.upstreams.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    const path = ['upstreams', index, 'name']
    const first = names.indexOf(name)
    const line = '# give it a name of its own, of lower-case letters, digits and -'
    if (name === '') continue
    if (!UPSTREAM_NAME.test(name))
      report({ path, expected: 'lower-case letters, digits and - between them, 40 at most', line })
    else if (name === defaultUpstream) report({ path, expected: `another name: ${name} stands for upstream`, line })
    else if (first !== index) {
      report({ path, expected: `each name once; it is also ${whereIs(['upstreams', first, 'name'])}`, line })
    }
  }
}

function checkRoutes(context: RuleContext): void {
  const names = context.config.upstreams.map(({ name }) => name)
  for (const [index, route] of context.config.routes.entries()) {
    const path = ['routes', index]
    checkService(route.upstream, [...path, 'upstream'], { ...context, names })
    checkAdded(route.addPrefix, [...path, 'addPrefix'], context)
    checkStripped(route, [...path, 'stripPrefix'], context)
  }
}

function checkService(
  name: string | undefined,
  path: KeyPath,
  { report, names }: RuleContext & { readonly names: readonly string[] },
): void {
  if (name === undefined || names.includes(name)) return
  const near = findNearest(name, names)
  const fix = near ? { write: near } : { line: '# name one of upstreams' }
  report({ path, expected: 'the name of one of upstreams', ...fix })
}

const prefixForm = 'a path of letters, digits, ., - and _, without a slash at its end'

function checkAdded(prefix: string | undefined, path: KeyPath, { report }: RuleContext): void {
  if (prefix === undefined || UPSTREAM_PREFIX.test(prefix)) return
  const write = withoutSlashes(prefix)
  report({ path, expected: prefixForm, ...(UPSTREAM_PREFIX.test(write) ? { write } : { line: '# such as /v2' }) })
}

function checkStripped({ path: pattern, stripPrefix }: RouteConfig, path: KeyPath, { report }: RuleContext): void {
  if (stripPrefix === undefined || (UPSTREAM_PREFIX.test(stripPrefix) && isHead(stripPrefix, pattern))) return
  const meant = [withoutSlashes(stripPrefix), pattern.replace(/\/[:*].*$/s, '')]
  const write = meant.find((prefix) => UPSTREAM_PREFIX.test(prefix) && isHead(prefix, pattern))
  const fix = write === undefined ? { line: '# the beginning of the path of this rule' } : { write }
  const isForm = UPSTREAM_PREFIX.test(stripPrefix)
  report({ path, expected: isForm ? `a prefix of ${pattern}, the path of this rule` : prefixForm, ...fix })
}

function isHead(prefix: string, pattern: string): boolean {
  return pattern === prefix || pattern.startsWith(`${prefix}/`)
}

function withoutSlashes(text: string): string {
  return `/${text.replaceAll(/^\/+|\/+$/g, '')}`
}
