/**
 * Rules about what cogate publishes of itself: what it needs, and what nobody could use.
 */
import type { Config } from '../../config.ts'
import { foldPath } from '../../paths/fold.ts'
import { signsAsAlb } from '../../published.ts'
import { closedOrigin, parseHttpUrl, RESOURCE_PATH } from '../../table/addresses.ts'
import type { KeyPath } from '../../table/key.ts'
import { exampleOrigin } from '../page-origin.ts'
import type { RuleContext } from '../rule.ts'
import { checkSignedHeader } from '../rules-headers.ts'

export function checkResourceMetadata(context: RuleContext): void {
  const { config, report } = context
  const { enabled, resources, registrationEndpoint, scopes = [] } = config.resourceMetadata
  const path = (...keys: KeyPath) => ['resourceMetadata', ...keys]
  checkEndpoint(path('registrationEndpoint'), registrationEndpoint, context)
  for (const [index, resource] of resources.entries()) checkResource(path('resources', index), resource, context)
  for (const [index, scope] of scopes.entries()) {
    if (/^[!#-[\]-~]+$/.test(scope)) continue
    report({ path: path('scopes', index), expected: 'one scope, without blanks and quotes', write: 'mcp/use' })
  }
  if (!enabled) return
  if (config.publicUrl === undefined) {
    const expected = 'the origin that callers see, because resourceMetadata.enabled is true'
    report({ path: ['publicUrl'], found: 'nothing', expected, write: exampleOrigin })
  }
  checkOwnPaths(config, context)
}

function checkResource(path: KeyPath, resource: string, { report }: RuleContext): void {
  if (RESOURCE_PATH.test(resource)) return
  const expected = 'a path of letters, digits, -, _, . and ~ without a slash at its end, or / for the origin'
  report({ path, expected, write: '/mcp' })
}

/** People send secrets there. */
function checkEndpoint(path: KeyPath, value: string | undefined, { report }: RuleContext): void {
  const url = value === undefined ? undefined : parseHttpUrl(value)
  if (url === undefined || closedOrigin(url) === url.origin) return
  report({ path, expected: 'https; plain http is for loopback only', write: closedOrigin(url) + url.pathname })
}

/** A rule that would never apply: requests there are the gate's own. */
function checkOwnPaths({ routes }: Config, { report }: RuleContext): void {
  for (const [index, { path }] of routes.entries()) {
    if (!/^\/\.well-known\/oauth-(?:protected-resource|authorization-server)(?:\/|$)/.test(foldPath(path))) continue
    const expected = 'another path; with resourceMetadata.enabled cogate itself answers there'
    report({ path: ['routes', index, 'path'], expected, line: `# delete routes[${index}]` })
  }
}

export function checkIdentityToken(context: RuleContext): void {
  const { config, report } = context
  const { audience, header, issuer, keyFile, algorithm } = config.identityToken
  checkSignedHeader(header, context)
  if (audience === undefined) {
    if (keyFile === undefined) return
    const expected = 'who the identity token is for, because identityToken.keyFile is set'
    report({ path: ['identityToken', 'audience'], found: 'nothing', expected, write: 'orders' })
  } else if (issuer === undefined && config.publicUrl === undefined) {
    const expected = 'the origin that callers see, which is the issuer of the identity token; or identityToken.issuer'
    report({ path: ['publicUrl'], found: 'nothing', expected, write: exampleOrigin })
  }
  if (algorithm !== 'ES256' && signsAsAlb(config)) {
    const expected = 'ES256, which is the algorithm of load balancers, because identityHeaders.preset is alb'
    report({ path: ['identityToken', 'algorithm'], expected, write: 'ES256' })
  }
}
