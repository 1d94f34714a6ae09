/**
 * Addresses in headers that name the service itself: the caller gets those of the gate (Location, Content-Location), and the
 * service gets its own (Destination of WebDAV). An address of any other host is never changed.
 */
import { textAt } from './lines.ts'

/** The address of the service, compiled at start. */
export interface OwnAddress {
  readonly scheme: 'http' | 'https'
  /** Lower case. */
  readonly name: string
  readonly port: string
}

/** What a caller and the service call the gate in one request. */
export interface Origins {
  /** As the caller sees the gate: `https://app.example`; undefined where the caller named no host. */
  readonly caller: string | undefined
  /** Of the requests as they are sent to the service: `http://app.example`. */
  readonly sent: string
  /** Host, and the host that a trusted proxy names, each with its port if it has one. */
  readonly hosts: readonly string[]
  /** What was taken away from the path of the request, and what was put in its place. */
  readonly rewrite?: { readonly strip: string; readonly add: string } | undefined
}

/** `unix:/path` has no port: such a service is told a Host and takes itself for a server on port 80. */
export function compileOwnAddress(upstreamUrl: string): OwnAddress {
  if (upstreamUrl.startsWith('unix:')) return { scheme: 'http', name: 'localhost', port: '80' }
  const { protocol, hostname, port } = new URL(upstreamUrl)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return { scheme, name: hostname.toLowerCase(), port: port || defaultPorts[scheme] }
}

const defaultPorts = { http: '80', https: '443' } as const

/** Whether there is a line that `relocateLines` looks at: most answers have none. */
export function namesLocation(lines: readonly string[]): boolean {
  for (let i = 0; i < lines.length; i += 2) if (isLocation(textAt(lines, i))) return true
  return false
}

/** Most names have another length, and need no comparison. */
function isLocation(name: string): boolean {
  if (name.length !== 8 && name.length !== 16) return false
  const lower = name.toLowerCase()
  return lower === 'location' || lower === 'content-location'
}

/** Changes the values in place. */
export function relocateLines(lines: string[], own: OwnAddress, origins: Origins): void {
  for (let i = 0; i < lines.length; i += 2) {
    if (isLocation(textAt(lines, i))) lines[i + 1] = relocate(textAt(lines, i + 1), own, origins)
  }
}

/**
 * As `proxy_redirect default` of nginx does, and for the forms in which nginx itself writes redirects as a service: with the
 * host name that it was told and its own port (`port_in_redirect`).
 */
export function relocate(value: string, own: OwnAddress, origins: Origins): string {
  const { rewrite } = origins
  if (rewrite && value.startsWith('/') && !value.startsWith('//')) return callersPath(value, rewrite)
  return relocateAddress(value, own, origins)
}

/** The other way round than the path of the request. What the service says of other paths is its own business. */
function callersPath(rest: string, { strip, add }: NonNullable<Origins['rewrite']>): string {
  const isOwn = rest.startsWith(add) && /^(?:[/?#]|$)/.test(rest.slice(add.length))
  return isOwn ? strip + rest.slice(add.length) : rest
}

function relocateAddress(value: string, own: OwnAddress, { caller, hosts, rewrite }: Origins): string {
  const address = readAddress(value)
  if (address === undefined || caller === undefined) return value
  const here = () => caller + (rewrite ? callersPath(address.rest || '/', rewrite) : address.rest)
  const { scheme = own.scheme, name, port = defaultPorts[scheme] } = address
  // With a port of its own it is the address of the service, whatever scheme a proxy has told it.
  if (port !== own.port || (scheme !== own.scheme && address.port === undefined)) return value
  if (name === own.name) return here()
  // A service that speaks TLS under the name of the gate may know more than we do: TLS may end before us.
  if (scheme === 'https' && caller.startsWith('http:')) return value
  return hosts.some((host) => readAddress(`//${host}`)?.name === name) ? here() : value
}

/** The value of Destination (RFC 4918 section 10.3) as the service must see it: servers refuse other hosts and schemes. */
export function redirectDestination(value: string, { sent, hosts }: Origins): string {
  const address = readAddress(value)
  if (address?.scheme === undefined) return value
  const wanted = authorityOf(address)
  return hosts.some((host) => isSameAuthority(host, wanted, address.scheme)) ? sent + address.rest : value
}

function isSameAuthority(host: string, wanted: string, scheme: Address['scheme']): boolean {
  const own = readAddress(`//${host}`)
  return own !== undefined && authorityOf({ ...own, scheme }) === wanted
}

interface Address {
  readonly scheme: 'http' | 'https' | undefined
  /** Lower case. */
  readonly name: string
  readonly port: string | undefined
  /** Path, query and fragment, as they are. */
  readonly rest: string
}

/**
 * Undefined for a path, another scheme, credentials, and anything that two readers could take for different hosts, such as
 * a backslash behind the host.
 */
const absolute = /^(?:(https?):)?\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{0,5}))?((?:[/?#].*)?)$/is

function readAddress(value: string): Address | undefined {
  const [, scheme, name, port = '', rest = ''] = absolute.exec(value) ?? []
  if (name === undefined) return undefined
  const number = port.replace(/^0+(?=\d)/, '')
  return { scheme: schemeOf(scheme), name: name.toLowerCase(), port: number === '' ? undefined : number, rest }
}

function schemeOf(text: string | undefined): Address['scheme'] {
  if (text === undefined) return undefined
  return text.toLowerCase() === 'https' ? 'https' : 'http'
}

function authorityOf({ scheme, name, port }: Omit<Address, 'rest'>): string {
  return port === undefined || (scheme !== undefined && port === defaultPorts[scheme]) ? name : `${name}:${port}`
}
