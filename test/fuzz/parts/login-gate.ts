/** A gate with browser sign-in, and browsers that have begun or finished one. */
import { Browser, publicOrigin, sessionSecret } from '../../helpers/login-world.ts'
import { type FuzzGate, openGate } from './gate.ts'

export interface LoginGate extends FuzzGate {
  /** The cookies of somebody who has just signed in, by name. */
  signIn(username: string): Promise<ReadonlyMap<string, string>>
  /** A new browser begins a sign-in, and Cognito has sent it back with a code: what the callback would get. */
  begin(): Promise<Begun>
}

export interface Begun {
  readonly state: string
  readonly code: string
  /** The cookie that binds it to its browser. */
  readonly binding: string
}

export async function openLoginGate(upstream: string): Promise<LoginGate> {
  const routes = [{ path: '/*', auth: 'login' }]
  const gate = await openGate({
    upstream,
    routes,
    env: (issuer) => ({
      COGATE_PUBLIC_URL: publicOrigin,
      COGATE_LOGIN_DOMAIN: issuer.url,
      COGATE_LOGIN_CLIENT_ID: issuer.clientId,
      COGATE_SESSION_SECRETS: sessionSecret,
      COGATE_LOG_ACCESS: 'false',
    }),
  })
  const { clientId, login } = gate.issuer
  login.putClient({ clientId, callbackUrls: [`${publicOrigin}/_cogate/callback`] })
  const known = new Browser(gate)
  await known.open('/')
  return {
    ...gate,
    async signIn(username) {
      const browser = new Browser(gate)
      await browser.open('/', { as: username })
      return namesOf(browser)
    },
    async begin() {
      const browser = new Browser(gate)
      const { location } = await browser.fetch('/page')
      // Who is known at the user pool is not asked again.
      const { searchParams } = new URL((await known.fetch(location)).location)
      const binding = namesOf(browser).get('__Host-cogate-b') ?? ''
      return { state: searchParams.get('state') ?? '', code: searchParams.get('code') ?? '', binding }
    },
  }
}

function namesOf({ cookies }: Browser): ReadonlyMap<string, string> {
  const own = [...cookies].filter(([key]) => key.startsWith(`${publicOrigin} `))
  return new Map(own.map(([key, value]) => [key.slice(publicOrigin.length + 1), value]))
}
