/** A browser without pages: it keeps cookies and follows the sign-in form of the local issuer. No redirect is followed. */
import { createHash, randomBytes } from 'node:crypto'
import type { Issuer } from './issuer.ts'

export interface Page {
  readonly status: number
  readonly text: string
  /** Absolute. */
  readonly location: URL | undefined
  readonly headers: Headers
}

export interface Browser {
  readonly cookies: Map<string, string>
  get(url: string | URL): Promise<Page>
  post(url: string | URL, form: Readonly<Record<string, string>>): Promise<Page>
}

export function openBrowser(): Browser {
  const cookies = new Map<string, string>()
  const load = async (url: string | URL, init: RequestInit = {}): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const location = response.headers.get('location')
    return {
      status: response.status,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, url),
      headers: response.headers,
    }
  }
  return {
    cookies,
    get: (url) => load(url),
    post: (url, form) => load(url, { method: 'POST', body: new URLSearchParams(form) }),
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/;\s*max-age=0\b/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}

export const CALLBACK = 'http://127.0.0.1:8181/_cogate/callback'

export interface Asked {
  /** Where the browser is sent. */
  readonly url: URL
  readonly verifier: string
}

/** A request for a code with PKCE; `undefined` leaves a parameter out. */
export function askForCode(issuer: Issuer, parameters: Readonly<Record<string, string | undefined>> = {}): Asked {
  const verifier = randomBytes(32).toString('base64url')
  const all = {
    response_type: 'code',
    client_id: issuer.clientId,
    redirect_uri: CALLBACK,
    scope: 'openid email profile',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  }
  const present = Object.entries(all).filter(([, value]) => value !== undefined) as [string, string][]
  return { url: new URL(`/oauth2/authorize?${new URLSearchParams(present)}`, issuer.url), verifier }
}

/** Fills the form of a sign-in page in, with the hidden field that the page has. */
export function fillForm(page: Page, username = 'alice', password = 'demo-password'): Readonly<Record<string, string>> {
  const csrf = /name="_csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
  return { _csrf: csrf, username, password }
}

/** From the redirect of an application to the callback with a code. */
export async function signIn(browser: Browser, url: URL, username = 'alice'): Promise<URL> {
  const start = await browser.get(url)
  if (start.location?.pathname !== '/login') throw new Error(`no sign-in page: ${start.status} ${start.location}`)
  const form = await browser.get(start.location)
  const { location } = await browser.post(start.location, fillForm(form, username))
  if (location === undefined) throw new Error('the sign-in was refused')
  return location
}
