/**
 * Requests of the gate itself, to Cognito: directly, or through the proxy of the environment. Certificates are checked, whatever the environment
 * says. Plain http never uses a proxy: it is for this machine, or for an emulator in its network.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestSecurely } from 'node:https'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ProxyConfig } from './config/config.ts'
import { request as requestPlainly } from './node-http.ts'

export interface Egress {
  /** Default: none. */
  readonly proxy?: ProxyConfig | undefined
  /** PEM certificate authorities; default: those of Node.js, with NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined
}

export type OutgoingOptions = Pick<RequestOptions, 'method' | 'headers'> & {
  /** Milliseconds for each address of the server; default: those of Node.js. */
  readonly autoSelectFamilyAttemptTimeout?: number
  readonly signal: AbortSignal
}

/** The proxy gave no way to the server. The message holds nothing of its answer but the status. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
}

/**
 * A request whose head is not sent yet; `end` sends it. Connections are not kept. Throws ProxyError. `signal` bounds the way through the proxy
 * too, which Node's own support of proxies does not.
 */
export async function openRequest(uri: string, options: OutgoingOptions, egress: Egress = {}): Promise<ClientRequest> {
  const url = new URL(uri)
  const settings = { ...options, agent: false, insecureHTTPParser: false } as const
  if (url.protocol !== 'https:') return requestPlainly(url, settings)
  const tls = { rejectUnauthorized: true, ...(egress.ca === undefined ? {} : { ca: egress.ca }) }
  const { proxy } = egress
  if (proxy === undefined || isExcepted(url, proxy.except)) return requestSecurely(url, { ...settings, ...tls })
  const socket = await openTunnel(url, proxy.url, options.signal)
  const servername = hostOf(url)
  const createConnection = () => connectTls({ ...tls, socket, host: servername, servername: sniOf(servername) })
  return requestSecurely(url, { ...settings, agent: undefined, createConnection })
}

/** The connection ended before an answer began, or it became another protocol. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError'
  override readonly message = 'closed without an answer'
}

/** Sends the request. Resolves to its answer, whose body may be destroyed before its end; rejects where none comes. */
export function sendRequest(request: ClientRequest, body?: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.on('response', (answer) => {
    // An abort behind its head is told twice, here and to the reader of the body.
    answer.on('error', () => {})
    resolve(answer)
  })
  request.on('error', reject)
  // A 101 that was not asked for emits neither an answer nor an error.
  request.on('close', () => reject(new UnansweredError()))
  request.end(body)
  return promise
}

/** RFC 9110 section 9.3.6. */
async function openTunnel(url: URL, proxyUrl: string, signal: AbortSignal): Promise<Socket> {
  const proxy = new URL(proxyUrl)
  const target = `${url.hostname}:${url.port || 443}`
  const headers = { host: target, 'user-agent': 'cogate', ...credentialsOf(proxy) }
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const request = proxy.protocol === 'https:' ? requestSecurely : requestPlainly
  const options = { method: 'CONNECT', path: target, headers, signal, agent: false, insecureHTTPParser: false } as const
  const asked = request({
    ...options,
    rejectUnauthorized: true,
    host: hostOf(proxy),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
  })
  asked.on('connect', (answer: IncomingMessage, socket: Socket, early: Buffer) => {
    const { statusCode = 0 } = answer
    if (statusCode >= 200 && statusCode < 300 && early.length === 0) return resolve(socket)
    socket.destroy()
    reject(new ProxyError(`the proxy answered CONNECT with status ${statusCode}`))
  })
  asked.on('error', ({ code, name }: NodeJS.ErrnoException) => {
    reject(new ProxyError(`the proxy cannot be used: ${code ?? name}`))
  })
  asked.on('close', () => reject(new ProxyError('the proxy closed without an answer')))
  asked.end()
  return promise
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** An IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** RFC 6066 section 3: an address is no server name. */
function sniOf(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host
}

/** As curl reads NO_PROXY: a name stands for its subdomains too, `*` for every host; a port narrows an entry. */
function isExcepted(url: URL, except: readonly string[]): boolean {
  const host = hostOf(url)
  const port = url.port || '443'
  return except.some((entry) => {
    if (entry === '*') return true
    const [, name = '', only = port] = /^(?:\*?\.)?(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
    const plain = name.replace(/^\[|\]$/g, '')
    return only === port && plain !== '' && (host === plain || host.endsWith(`.${plain}`))
  })
}
