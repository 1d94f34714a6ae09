/**
 * Names and attributes of spans: the stable semantic conventions for HTTP
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and the decision of the gate.
 */

/** What is known when it is over. */
export interface TraceEnd {
  readonly requestId: string
  readonly method: string
  /** The request target; its query is left out. */
  readonly url: string
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly isEncrypted: boolean
  readonly httpVersion: string
  readonly route: string
  readonly outcome: string
  readonly reason: string
  readonly clientId: string | undefined
  readonly status: number
  readonly address: string
  /** The address of the client, where trusted proxies name another one. */
  readonly client: string | undefined
  /** Until the head of the service's answer; undefined without one. */
  readonly upstreamMs: number | undefined
}

type Attributes = Record<string, string | number>

const methods: ReadonlySet<string> = new Set([
  ...['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'],
])

/** Labels of routes that are no path of the configuration. */
const pathless: ReadonlySet<string> = new Set(['default', 'endpoint', 'none'])

/** Of few different values: callers choose methods and paths. */
export function spanName(method: string, route = 'none'): string {
  const name = methods.has(method) ? method : 'HTTP'
  return pathless.has(route) ? name : `${name} ${route}`
}

export function serverAttributes(facts: TraceEnd): Attributes {
  const { route, outcome, reason, requestId, clientId, address, client, isEncrypted, httpVersion, userAgent } = facts
  return {
    ...methodAttributes(facts.method),
    'url.path': pathOf(facts.url),
    'url.scheme': isEncrypted ? 'https' : 'http',
    'http.response.status_code': facts.status,
    'network.peer.address': address,
    'network.protocol.version': httpVersion,
    'client.address': client ?? address,
    ...serverOf(facts.host === undefined ? undefined : `${isEncrypted ? 'https' : 'http'}://${facts.host}`),
    ...(userAgent !== undefined && { 'user_agent.original': userAgent.slice(0, maxLength) }),
    ...(!pathless.has(route) && { 'http.route': route }),
    ...(facts.status >= 500 && { 'error.type': reason === 'allowed' ? String(facts.status) : reason }),
    'cogate.outcome': outcome,
    'cogate.reason': reason,
    'cogate.route': route,
    'cogate.request_id': requestId,
    ...(clientId !== undefined && { 'cogate.client_id': clientId }),
  }
}

/** `url`: of the service, without a path. */
export function clientAttributes({ method, url, upstreamMs, status, reason }: TraceEnd, upstream: string): Attributes {
  const socket = upstream.startsWith('unix:') ? upstream.slice('unix:'.length) : undefined
  const origin = socket === undefined ? upstream : 'http://localhost'
  return {
    ...methodAttributes(method),
    'url.full': `${origin}${pathOf(url)}`,
    'network.protocol.version': '1.1',
    ...(socket === undefined ? serverOf(origin) : { 'server.address': socket, 'network.transport': 'unix' }),
    ...(upstreamMs !== undefined && { 'http.response.status_code': status }),
    ...(upstreamMs === undefined ? { 'error.type': reason } : status >= 400 && { 'error.type': String(status) }),
  }
}

function methodAttributes(method: string): Attributes {
  if (methods.has(method)) return { 'http.request.method': method }
  return { 'http.request.method': '_OTHER', 'http.request.method_original': method.slice(0, maxLength) }
}

function serverOf(origin: string | undefined): Attributes {
  const url = origin === undefined ? null : URL.parse(origin)
  if (url === null || url.hostname === '') return {}
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return { 'server.address': url.hostname.replace(/^\[|\]$/g, ''), 'server.port': port }
}

const maxLength = 512

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return url.slice(0, end === -1 ? maxLength : Math.min(end, maxLength))
}
