/**
 * The protected resources of a configuration, and what RFC 9728 says of each. Never looks at a token.
 */
import type { Config, RouteConfig, UserPoolConfig } from '../config/config.ts'
import { resourcePath } from '../decide/endpoints.ts'

export interface Resource {
  /** A path of the public origin; '' is the origin itself. */
  readonly path: string
  /** Where its metadata are. */
  readonly metadataUrl: string
  /** Its metadata, as JSON. */
  readonly document: string
}

type Source = Pick<Config, 'resourceMetadata' | 'routes' | 'userPools'>

/** `origin` is the public one. The most specific resource comes first. */
export function compileResources(
  { resourceMetadata: settings, routes, userPools }: Source,
  origin: string,
): Resource[] {
  const authorizationServers = serversOf(userPools, origin).map(({ identifier }) => identifier)
  return settings.resources
    .map((path) => (path === '/' ? '' : path))
    .toSorted((a, b) => b.length - a.length)
    .map((path) => {
      const metadata = {
        resource: origin + path,
        authorization_servers: authorizationServers,
        scopes_supported: settings.scopes ?? demandedScopes(routes, path),
        bearer_methods_supported: ['header'],
        resource_name: settings.name,
        resource_documentation: settings.documentation,
      }
      return { path, metadataUrl: origin + resourcePath + path, document: JSON.stringify(metadata) }
    })
}

/** The resource that a request target belongs to. */
export function findResource(resources: readonly Resource[], target: string): Resource | undefined {
  const [path = ''] = target.split('?', 1)
  return resources.find((resource) => path === resource.path || path.startsWith(`${resource.path}/`))
}

export interface AuthorizationServer {
  readonly pool: UserPoolConfig
  /** The issuer that its metadata name. */
  readonly identifier: string
}

/** The first pool is at the origin, where clients look that know nothing of resources. */
export function serversOf(userPools: readonly UserPoolConfig[], origin: string): readonly AuthorizationServer[] {
  return userPools.map((pool, index) => ({ pool, identifier: index === 0 ? origin : `${origin}/${pool.id}` }))
}

/** Of the rules that a request for the resource, or for what is below it, can meet. Cognito wants a scope in every sign-in. */
function demandedScopes(routes: readonly RouteConfig[], path: string): readonly string[] {
  const meets = (rule: string) => {
    const prefix = rule.replace(/\/\*$/, '')
    return isAtOrBelow(prefix, path) || (rule.endsWith('/*') && isAtOrBelow(path, prefix))
  }
  const demanded = routes
    .filter(({ path: rule, auth }) => auth !== 'none' && meets(rule))
    .flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope])
  return demanded.length === 0 ? ['openid'] : [...new Set(demanded)]
}

function isAtOrBelow(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`)
}
