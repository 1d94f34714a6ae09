/**
 * What clients are told that know nothing but the URL of the service: the metadata of the resource (RFC 9728) and of its
 * authorization server (RFC 8414). Returns values; the gate writes them.
 */
import type { Config } from '../config/config.ts'
import { resourcePath, serverPath } from '../decide/endpoints.ts'
import type { FetchKeys } from '../tokens/keys/jwks.ts'
import type { PoolMetadata } from './discovery.ts'
import { Discovery } from './discovery.ts'
import type { Resource } from './resources.ts'
import { compileResources, findResource, serversOf } from './resources.ts'

export interface ResourceMetadata {
  /** Of the resource that a request target belongs to; undefined: it belongs to none. */
  metadataUrlFor(target: string): string | undefined
  /** `target` is a request target below one of the two paths. Never rejects. */
  answer(method: string, target: string): Promise<MetadataAnswer>
}

export interface MetadataAnswer {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  /** JSON. */
  readonly body: string
  /** Why it is no success; the gate writes the problem document. */
  readonly reason?: 'endpoint_not_found' | 'discovery_unavailable'
  readonly isProblem?: true
}

export interface MetadataParts {
  readonly fetch: FetchKeys
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The discovery document of a user pool could not be had. */
  readonly onFailed: (pool: string, detail: string) => void
}

type Source = Pick<Config, 'resourceMetadata' | 'routes' | 'userPools' | 'publicUrl' | 'jwks'>

export function compileResourceMetadata(config: Source, parts: MetadataParts): ResourceMetadata {
  const { origin } = new URL(config.publicUrl ?? '')
  const resources = compileResources(config, origin)
  const servers = compileServers(config, origin, { resources, parts })
  return {
    metadataUrlFor: (target) => findResource(resources, target)?.metadataUrl,
    async answer(method, target) {
      if (method === 'OPTIONS') return { status: 204, headers: preflight, body: '' }
      const [path = ''] = target.split('?', 1)
      const at = path.replace(/\/$/, '')
      if (!at.startsWith(serverPath)) {
        return show(resources.find((resource) => resourcePath + resource.path === at)?.document)
      }
      const server = servers.get(at.slice(serverPath.length))
      if (server === undefined) return show(undefined)
      const known = await server.discovery.read()
      return known === undefined ? refuse('discovery_unavailable', 503) : show(describeServer(known, server, config))
    },
  }
}

interface Server {
  readonly issuer: string
  readonly discovery: Discovery
}

interface ServerParts {
  readonly resources: readonly Resource[]
  readonly parts: MetadataParts
}

/** By the path of its identifier. Clients that know no RFC 9728 take the URL of the service for the authorization server. */
function compileServers(
  { userPools, jwks }: Source,
  origin: string,
  { resources, parts }: ServerParts,
): ReadonlyMap<string, Server> {
  const named = serversOf(userPools, origin).map(({ pool, identifier }) => {
    const discovery = new Discovery({ pool, limits: jwks, ...parts })
    return { path: identifier.slice(origin.length), issuer: identifier, discovery }
  })
  const [first] = named
  const taken = first ? resources.map(({ path }) => ({ ...first, path, issuer: origin + path })) : []
  return new Map([...taken, ...named].map((server) => [server.path, server]))
}

/** The issuer is what the client has asked with (RFC 8414 section 3.3). Everything else is what the user pool says, and what it leaves out. */
function describeServer(known: PoolMetadata, { issuer }: Server, { resourceMetadata }: Source): string {
  const { code_challenge_methods_supported: challenges = ['S256'], registration_endpoint: registration } = known
  const methods = known['token_endpoint_auth_methods_supported']
  return JSON.stringify({
    ...known,
    issuer,
    code_challenge_methods_supported: challenges,
    // Who leaves the list out means client_secret_basic alone (section 2).
    token_endpoint_auth_methods_supported: [
      ...new Set([...(Array.isArray(methods) ? methods : ['client_secret_basic']), 'none']),
    ],
    registration_endpoint: registration ?? resourceMetadata.registrationEndpoint,
  })
}

const anyOrigin = ['Access-Control-Allow-Origin', '*'] as const

const preflight = [
  ...anyOrigin,
  ...['Access-Control-Allow-Methods', 'GET, HEAD'],
  ...['Access-Control-Allow-Headers', '*'],
  ...['Access-Control-Max-Age', '600'],
] as const

function show(document: string | undefined): MetadataAnswer {
  if (document === undefined) return refuse('endpoint_not_found', 404)
  const headers = ['Content-Type', 'application/json', 'Cache-Control', 'public, max-age=300', ...anyOrigin]
  return { status: 200, headers, body: document }
}

function refuse(reason: 'endpoint_not_found' | 'discovery_unavailable', status: number): MetadataAnswer {
  return { status, headers: [], body: '', reason, isProblem: true }
}
