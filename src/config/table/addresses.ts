/**
 * Network values: listen addresses, URLs, CIDRs, loopback. Syntax only; nothing here resolves a name.
 */
import { isIP } from 'node:net'
import type { ListenAddress } from '../config.ts'

const HOST_NAME = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const WILDCARD_HOSTS: readonly string[] = ['0.0.0.0', '::']

/** `host:port`, `:port`, `[v6]:port`; undefined when `text` is none of them. */
export function parseAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined
  const host = plain === undefined || plain === '' ? '0.0.0.0' : plain
  return isIP(host) === 4 || isNamedHost(host) ? { host, port } : undefined
}

/** A host name whose last label has a letter, so that a mistyped IPv4 address is not taken for one. */
function isNamedHost(host: string): boolean {
  return HOST_NAME.test(host) && /[a-z]/.test(host.slice(host.lastIndexOf('.') + 1))
}

export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** True when both would bind the same port. Port 0 never does; an address of all interfaces covers every other host. */
export function overlap(left: ListenAddress, right: ListenAddress): boolean {
  if (left.port === 0 || left.port !== right.port) return false
  return left.host === right.host || isWildcardHost(left.host) || isWildcardHost(right.host)
}

export function isWildcardHost(host: string): boolean {
  return WILDCARD_HOSTS.includes(host)
}

/** Where this machine reaches what listens there: an address of all interfaces is none to connect to. */
export function reachableAddress({ host, port }: ListenAddress): ListenAddress {
  if (!isWildcardHost(host)) return { host, port }
  return { host: host === '::' ? '::1' : '127.0.0.1', port }
}

/** What may stand in `Host` before the port. Names with `_` are common among containers. */
const HOST = String.raw`(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)`
/** The value of `Host`. */
export const HOST_FIELD = new RegExp(String.raw`^${HOST}(?::\d{1,5})?$`)
const ROUTE_HOST = new RegExp(`^${HOST}$`)

/** A host as the head of a request is compared with it: lower case, without port and without a dot at its end. */
export function isRouteHost(text: string): boolean {
  return ROUTE_HOST.test(text) && text === text.toLowerCase() && !text.endsWith('.')
}

/** `localhost`, 127.0.0.0/8 and ::1; `host` as in `URL.hostname` or a listen address. */
export function isLoopbackHost(host: string): boolean {
  if (host === 'localhost') return true
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1'
}

/** An origin (`https://host:port`) or `unix:/path`; undefined for anything that carries more. */
export function parseUpstream(text: string): string | undefined {
  const [, socket] = /^unix:(?:\/\/)?(\/[^\0/][^\0]*)$/.exec(text) ?? []
  if (socket !== undefined) return `unix:${socket}`
  const url = parseHttpUrl(text)
  if (url?.pathname !== '/' || url.port === '0') return undefined
  return url.origin
}

/**
 * An http or https URL in visible ASCII, without credentials, query and fragment; undefined for anything else. So is a host that a
 * URL parser takes for another one: `10.0.5` for 10.0.0.5, `010.0.0.5` for 8.0.0.5; and a host behind more than two slashes.
 */
export function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[!-~]+$/.test(text) || /[\\?#@]/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const [, host = ''] = /^https?:\/\/(\[|[^/:[]+)/.exec(text) ?? []
  return host === '[' || host.toLowerCase() === url.hostname ? url : undefined
}

/**
 * `redis:` or `rediss:` with a host, and where wanted a port, a user with a password, a database. A user without a password is
 * none: such a password would never be sent.
 */
export function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\/[!-~]+$/.test(text) || /[\\?#]/.test(text) || !URL.canParse(text)) return false
  const { hostname, port, pathname, username, password } = new URL(text)
  if (hostname === '' || port === '0' || !/^(?:\/\d{0,4})?$/.test(pathname)) return false
  return isDecodable(username) && isDecodable(password) && (username === '' || password !== '')
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** The origin of an address, over https where plain http would leave the machine. */
export function closedOrigin({ protocol, hostname, host, origin }: URL): string {
  return protocol === 'http:' && !isLoopbackHost(hostname) ? `https://${host}` : origin
}

/** The network with its prefix length, a single address as `/32` or `/128`; undefined when `text` is none. */
export function parseCidr(text: string): string | undefined {
  const [, address = '', digits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0) return undefined
  const bits = family === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  return prefix <= bits ? `${address}/${prefix}` : undefined
}

/** The name of a service, as rules, labels and log lines have it. */
export const UPSTREAM_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** A prefix of a path as a URL has it: nobody decodes, folds or shortens it into another one. */
export const UPSTREAM_PREFIX = /^(?:\/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)+$/

/** A path of a resource: segments that need no escape, so that its URL is the same text wherever it is written. */
export const RESOURCE_PATH = /^(?:\/|(?:\/[\w.~-]*[\w~-])+)$/
