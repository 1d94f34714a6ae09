/** oidc-provider, fetched from the npm registry: an identity provider that nobody here wrote, on the paths of Cognito. */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Browser, BrowserAnswer } from './login-world.ts'
import { publicOrigin } from './login-world.ts'

const npmPackage = 'oidc-provider@9.13.3'
const program = fileURLToPath(new URL('run-oidc-provider.ts', import.meta.url))
export const interopClient = 'interopclient'

/** What its process says. */
export interface ProviderNews {
  readonly url?: string
  readonly event?: string
  readonly clockMs?: number
}

export interface InteropProvider {
  readonly url: string
  /** The variables of a gate that signs people in here. */
  readonly env: Readonly<Record<string, string>>
  /** How often it has said that: `grant.success refresh_token`. */
  count(event: string): number
  advance(ms: number): Promise<void>
}

export function fetchOidcProvider(t: Test): string {
  const folder = t.testdir({ 'package.json': '{}' })
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent']
  execFileSync('npm', ['install', ...flags, npmPackage], { cwd: folder })
  return join(folder, 'node_modules')
}

/** Killed at the end of the test. */
export async function startOidcProvider(t: Test, folder: string): Promise<InteropProvider> {
  const child = fork(program, [folder, publicOrigin], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const events: string[] = []
  child.on('message', ({ event }: ProviderNews) => {
    if (event !== undefined) events.push(event)
  })
  const next = () => once(child, 'message').then(([news]) => news as ProviderNews)
  const early = exited.then(() => Promise.reject(new Error(`${npmPackage} ended before it listened`)))
  const { url = '' } = await Promise.race([next(), early])
  early.catch(() => undefined)
  return {
    url,
    env: {
      COGATE_CLIENT_ID: interopClient,
      COGATE_LOGIN_CLIENT_ID: interopClient,
      COGATE_LOGIN_DOMAIN: url,
      COGATE_USER_POOL_ISSUER: url,
      COGATE_USER_POOL_AUDIENCE: 'urn:interop:api',
    },
    count: (wanted) => events.filter((event) => event === wanted).length,
    async advance(advanceMs) {
      child.send({ advanceMs })
      while ((await next()).clockMs === undefined);
    },
  }
}

/** Follows redirects and answers every form of it: who signs in, and that the application may know it. */
export async function signInAtProvider(browser: Browser, start: BrowserAnswer): Promise<BrowserAnswer> {
  let answer = start
  for (let hops = 0; hops < 20; hops++) {
    const [, action] = /<form [^>]*action="([^"]+)" method="post"/.exec(answer.body) ?? []
    const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(answer.body) ?? []
    const body = new URLSearchParams({ prompt, login: 'alice', password: 'x' }).toString()
    if (answer.location !== '') answer = await browser.fetch(answer.location)
    else if (action !== undefined)
      answer = await browser.fetch(new URL(action, answer.url).href, { method: 'POST', body })
    else return answer
  }
  throw new Error('too many redirects')
}
