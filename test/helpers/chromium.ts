/**
 * Debian's Chromium before a gate with TLS: the public origin and its neighbours lead to the gate on loopback. Every page
 * opened here tells what its console said of the content security policy.
 */
import { existsSync } from 'node:fs'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { createAuthority, writeFiles } from './certificates.ts'
import { type LoginWorld, type LoginWorldOptions, startLoginWorld } from './login-world.ts'

const executablePath = '/usr/bin/chromium'
/** Another site, and another host of the same site. All of them are the one gate. */
export const foreignOrigin = 'https://evil.example'
export const siblingOrigin = 'https://other.example.com'
const hosts = ['app.example.com', 'evil.example', 'other.example.com']

/** Why the suite cannot run here; in CI it must. */
export const skipChromium =
  !existsSync(executablePath) &&
  process.env['CI'] === undefined &&
  'chromium is not installed (apt-get install chromium)'

export interface ChromiumWorld extends LoginWorld {
  /** A browser profile of its own. */
  readonly openContext: (t: Test, options?: BrowserContextOptions) => Promise<Profile>
  /** The same, where frames of other sites get their cookies. Debian's default is that they do not. */
  readonly openPermissive: (t: Test) => Promise<Profile>
}

export interface Profile {
  readonly context: BrowserContext
  readonly openPage: () => Promise<Page>
  /** What consoles said of the policy so far. */
  readonly violations: readonly string[]
}

export async function startChromiumWorld(t: Test, options: LoginWorldOptions): Promise<ChromiumWorld> {
  const files = writeFiles(t, { ...createAuthority().issue(...hosts) })
  const own = options.env
  const env: LoginWorldOptions['env'] = (issuer) => ({
    COGATE_TLS_CERT_FILE: files.cert,
    COGATE_TLS_KEY_FILE: files.key,
    ...(typeof own === 'function' ? own(issuer) : own),
  })
  const world = await startLoginWorld(t, { ...options, env })
  const rules = hosts.map((host) => `MAP ${host}:443 127.0.0.1:${world.gate.port}`).join(',')
  const args = [`--host-resolver-rules=${rules}`, '--ignore-certificate-errors', '--disable-dev-shm-usage']
  const browser = await chromium.launch({ executablePath, args })
  t.teardown(() => browser.close())
  return {
    ...world,
    openContext: async (t, contextOptions = {}) => {
      const context = await browser.newContext({ ...known, ...contextOptions })
      t.teardown(() => context.close())
      return watchPages(context)
    },
    openPermissive: async (t) => {
      const folder = t.testdir({ Default: { Preferences: '{"profile":{"cookie_controls_mode":0}}' } })
      const context = await chromium.launchPersistentContext(folder, { executablePath, args, ...known })
      t.teardown(() => context.close())
      return watchPages(context)
    },
  }
}

const known = { ignoreHTTPSErrors: true, locale: 'en-US' }

function watchPages(context: BrowserContext): Profile {
  const violations: string[] = []
  context.on('console', (message) => {
    if (/content security policy/i.test(message.text())) violations.push(message.text())
  })
  return { context, openPage: () => context.newPage(), violations }
}

/** Fills in the form of the stand-in, where the page shows it. */
export async function signIn(page: Page, username = 'alice'): Promise<void> {
  await page.fill('input[name=username]', username)
  await page.fill('input[name=password]', 'demo-password')
  await page.click('button')
}
