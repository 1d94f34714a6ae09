/**
 * A gate with browser sign-in before a service, the stand-in for Cognito, and browsers. The public origin is
 * https://app.example.com: the browsers know where it is, so that cookies and redirects are those of production.
 */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/read/environment.ts'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import type { AppClient } from '../../src/issuer/login/clients.ts'
import type { Clock } from './clock.ts'
import { createClock } from './clock.ts'
import { type GateProcess, gateEnvironment, spawnGate, startTestGate, type TestGate } from './gateway.ts'
import { type Issuer, type IssuerOptions, startTestIssuer } from './issuer.ts'
import { startUpstream, type Upstream, type UpstreamHandler } from './upstream.ts'

export const publicOrigin = 'https://app.example.com'
/** Of every gate of this file: with it a test opens and makes seals. */
export const sessionSecret = 'a secret for tests that is long enough to be one'

type Variables = Readonly<Record<string, string | undefined>>

export interface LoginWorldOptions {
  readonly keys?: Keys
  readonly routes?: readonly object[]
  readonly env?: Variables | ((issuer: Issuer) => Variables)
  /** What the stand-in knows of the app client besides its URLs. */
  readonly client?: Partial<AppClient>
  /** Of the stand-in. */
  readonly issuer?: IssuerOptions
  readonly handler?: UpstreamHandler
  /** Default: one that moves only when told to. Processes have the clock of the machine. */
  readonly clock?: Clock
  /** Default: one is started with `handler`. */
  readonly upstream?: Upstream
}

export interface LoginWorld {
  readonly gate: TestGate
  readonly issuer: Issuer
  readonly upstream: Upstream
  readonly clock: Clock
  /** The environment of a gate with these variables besides. */
  readonly settings: (env: Readonly<Record<string, string>>) => Environment
  /** Another gate with the same configuration. */
  readonly startReplica: (env?: Readonly<Record<string, string>>) => Promise<TestGate>
  /** The same as a process of its own. */
  readonly spawnReplica: (env?: Readonly<Record<string, string>>) => Promise<GateProcess>
  /** A browser with an empty cookie jar; the public origin is at `gate`. */
  readonly openBrowser: (gate?: { readonly port: number }) => Browser
}

export async function startLoginWorld(t: Test, options: LoginWorldOptions = {}): Promise<LoginWorld> {
  const { clock = createClock() } = options
  const issuer = await startTestIssuer(t, { keys: options.keys ?? createKeys(), now: clock.now, ...options.issuer })
  issuer.login.putClient({
    clientId: issuer.clientId,
    callbackUrls: [`${publicOrigin}/_cogate/callback`],
    logoutUrls: [`${publicOrigin}/_cogate/logged-out`],
    ...options.client,
  })
  const upstream = options.upstream ?? (await startUpstream(t, options.handler))
  const settingsWith = (env: Readonly<Record<string, string>>) => ({
    issuer,
    upstream: upstream.url,
    routes: options.routes ?? [{ path: '/*', auth: 'login' }],
    env: {
      COGATE_PUBLIC_URL: publicOrigin,
      COGATE_LOGIN_DOMAIN: issuer.url,
      COGATE_LOGIN_CLIENT_ID: issuer.clientId,
      COGATE_SESSION_SECRETS: sessionSecret,
      ...(typeof options.env === 'function' ? options.env(issuer) : options.env),
      ...env,
    },
  })
  const startReplica = (env: Readonly<Record<string, string>> = {}) =>
    startTestGate(t, { ...settingsWith(env), now: clock.now })
  const spawnReplica = (env: Readonly<Record<string, string>> = {}) => spawnGate(t, settingsWith(env))
  const gate = await startReplica()
  const openBrowser = (at: { readonly port: number } = gate) => new Browser(at)
  const settings = (env: Readonly<Record<string, string>>) => gateEnvironment(settingsWith(env))
  return { gate, issuer, upstream, clock, settings, startReplica, spawnReplica, openBrowser }
}

export interface BrowserAnswer {
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The Location, resolved; '' without one. */
  readonly location: string
}

export interface BrowserRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a browser sends when a person opens a page. */
const navigation = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

/** What it sends for `fetch` of a page of the same origin. */
export const sameOriginFetch = {
  accept: '*/*',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
}

export class Browser {
  /** By origin and name. */
  readonly cookies = new Map<string, string>()
  gate: { readonly port: number }

  constructor(gate: { readonly port: number }) {
    this.gate = gate
  }

  /** One request, without following a redirect. `target` is a path of the public origin or an absolute URL. */
  async fetch(
    target: string,
    { method = 'GET', headers = navigation, body }: BrowserRequest = {},
  ): Promise<BrowserAnswer> {
    // A path, whatever a URL would make of it.
    const url = target.startsWith('//') ? new URL(publicOrigin) : new URL(target, publicOrigin)
    const cookie = this.cookieHeader(url.origin)
    const isPublic = url.origin === publicOrigin
    const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await send({
      port: isPublic ? this.gate.port : Number(url.port),
      method,
      // Absolute targets keep their own spelling; `new URL` would normalise what a test wants to send as it is.
      path: target.startsWith('/') ? target : url.pathname + url.search,
      headers: { host: url.host, ...form, ...headers, ...(cookie && { cookie }) },
      body,
    })
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(url.origin, line)
    const { location } = answer.headers
    return { ...answer, url: url.href, location: location === undefined ? '' : new URL(location, url).href }
  }

  /** Opens a page and follows redirects; fills in the sign-in form of the stand-in where it comes. */
  async open(target: string, { as = 'alice' }: { readonly as?: string } = {}): Promise<BrowserAnswer> {
    let answer = await this.fetch(target)
    for (let hops = 0; hops < 20; hops++) {
      if (answer.location !== '') answer = await this.fetch(answer.location)
      else if (isSignInForm(answer)) answer = await this.submitForm(answer, as)
      else return answer
    }
    throw new Error('too many redirects')
  }

  submitForm({ url, body }: BrowserAnswer, username: string): Promise<BrowserAnswer> {
    const action = unescapeHtml(/<form method="post" action="([^"]*)"/.exec(body)?.[1] ?? '')
    const csrf = unescapeHtml(/name="_csrf" value="([^"]*)"/.exec(body)?.[1] ?? '')
    const fields = new URLSearchParams({ _csrf: csrf, username, password: 'demo-password' })
    return this.fetch(new URL(action, url).href, { method: 'POST', body: fields.toString() })
  }

  cookieHeader(origin: string): string {
    const own = [...this.cookies].filter(([key]) => key.startsWith(`${origin} `))
    return own.map(([key, value]) => `${key.slice(origin.length + 1)}=${value}`).join('; ')
  }

  /** The value of a cookie of the public origin. */
  cookie(name: string): string | undefined {
    return this.cookies.get(`${publicOrigin} ${name}`)
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(`${publicOrigin} ${name}`, value)
  }

  forget(name: string): void {
    this.cookies.delete(`${publicOrigin} ${name}`)
  }

  #keep(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const at = pair.indexOf('=')
    const key = `${origin} ${pair.slice(0, at)}`
    if (attributes.some((attribute) => attribute === 'Max-Age=0')) this.cookies.delete(key)
    else this.cookies.set(key, pair.slice(at + 1))
  }
}

/** From the redirect to Cognito to the one that leads back to the gate, which is not followed. */
export async function signInUntilCallback(browser: Browser, start: BrowserAnswer, as = 'alice'): Promise<string> {
  let answer = start
  while (!answer.location.startsWith(`${publicOrigin}/`)) {
    answer = answer.location === '' ? await browser.submitForm(answer, as) : await browser.fetch(answer.location)
  }
  return answer.location
}

function isSignInForm({ status, body }: BrowserAnswer): boolean {
  return status === 200 && body.includes('name="_csrf"')
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#38;', '&')
}

interface Sent {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

function send({ port, body, ...options }: Sent) {
  return new Promise<Pick<BrowserAnswer, 'status' | 'headers' | 'body'>>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks).toString() })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}
