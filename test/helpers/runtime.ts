/** A runtime whose keys come from memory, on a clock that stands still, and tokens for it. */
import type { Config } from '../../src/config/config.ts'
import { compileRuntime, type Runtime } from '../../src/decide/runtime.ts'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import type { MintContext } from '../../src/issuer/tokens.ts'
import type { JwksEvent } from '../../src/tokens/keys/jwks.ts'
import { type Clock, createClock } from './clock.ts'
import { rigDefaults } from './jwks-rig.ts'
import { authApiDefaults, loginDefaults, revocationDefaults, sessionDefaults } from './login-defaults.ts'

export const testPool = {
  id: 'eu-west-1_TESTPOOL1',
  clientIds: ['client1'],
  insecureAnyClient: false,
  tokenUse: ['access'],
  audience: [],
  additionalRegions: [],
  insecureHttpKeys: false,
} as const satisfies Config['userPools'][number]

export const testIssuer = `https://cognito-idp.eu-west-1.amazonaws.com/${testPool.id}`

const defaults: Config = {
  listen: { host: '127.0.0.1', port: 0 },
  ops: { listen: { host: '127.0.0.1', port: 0 }, statusPage: true, explain: false },
  upstream: {
    url: 'http://127.0.0.1:8080',
    connectTimeoutMs: 5000,
    responseTimeoutMs: 30_000,
    idleTimeoutMs: 300_000,
    maxConnections: 256,
    maxWaiting: 1024,
    waitTimeoutMs: 5000,
    keepAliveMs: 'auto',
    preserveHost: true,
    tolerate: [],
    rewriteLocation: 'auto',
    webSocket: 'tunnel',
    tls: { insecureSkipVerify: false },
  },
  userPools: [testPool],
  jwks: rigDefaults,
  tokenCache: { maxEntries: 100, maxBytes: 1024 ** 2, maxAgeMs: 3_600_000 },
  clockToleranceMs: 0,
  credentials: { sources: ['bearer'] },
  auth: { endStreamsAtExpiry: false, realm: 'cogate' },
  mode: 'enforce',
  routes: [],
  paths: { allow: [] },
  endpoints: { prefix: '/_cogate' },
  identityHeaders: { preset: 'default', stripPrefixes: [], passToken: true, unverifiedEmail: 'drop' },
  forwarded: { trust: [], via: false },
  forwardAuth: { enabled: false },
  limits: {
    tokenBytes: 8192,
    headersBytes: 32_768,
    headerCount: 200,
    urlBytes: 8192,
    requestTimeoutMs: 300_000,
    headersTimeoutMs: 15_000,
    bodyIdleMs: 30_000,
    bodyRateBytes: 1024,
    keepAliveMs: 75_000,
    eventLoopDelayMs: 1000,
  },
  cors: { preflight: 'deny', allowOrigins: [] },
  login: loginDefaults,
  session: sessionDefaults,
  authApi: authApiDefaults,
  resourceMetadata: { enabled: false, resources: ['/'] },
  identityToken: { header: 'X-Cogate-Identity', ttlMs: 60_000, algorithm: 'ES256' },
  revocation: revocationDefaults,
  workers: 1,
  upstreams: [],
  reload: { watch: false },
  drain: { delayMs: 0, timeoutMs: 0 },
  tracing: { sampleRatio: 0.1 },
  log: { level: 'silent', access: false, subject: 'hashed', audit: 'none' },
}

export function createConfig(changes: Partial<Config> = {}): Config {
  return { ...defaults, ...changes }
}

export interface TestRuntime {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly keys: Keys
  /** Of an access token that is accepted. */
  readonly mint: MintContext
  readonly events: readonly JwksEvent[]
  readonly fetches: readonly string[]
  /** False: the key endpoint answers an error. */
  readonly endpoint: { isUp: boolean }
}

export interface TestRuntimeOptions extends Partial<Config> {
  /** Making them takes a while: share them in a test file. */
  readonly keys?: Keys
}

/** No key has been fetched yet. The clock starts at the system's time. */
export function createTestRuntime({ keys = createKeys(), ...changes }: TestRuntimeOptions = {}): TestRuntime {
  const clock = createClock()
  const events: JwksEvent[] = []
  const fetches: string[] = []
  const endpoint = { isUp: true }
  const runtime = compileRuntime(createConfig(changes), {
    fetchKeys: async (uri) => {
      fetches.push(uri)
      if (!endpoint.isUp) throw new Error('answered with status 503')
      return Buffer.from(JSON.stringify(keys.jwks()))
    },
    now: clock.now,
    random: () => 1,
    onKeyEvent: (event) => events.push(event),
  })
  const mint = { keys, issuer: testIssuer, clientId: 'client1', now: clock.now }
  return { runtime, clock, keys, mint, events, fetches, endpoint }
}

/** With the keys of every pool fetched. */
export async function createReadyRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const world = createTestRuntime(options)
  const { jwks } = world.runtime
  await jwks.refreshDue()
  // A caller has just asked for a key that is not there: the next unknown one waits for the cooldown.
  await Promise.all(jwks.statuses().map(({ pool }) => jwks.pool(pool).refetch('made-up')))
  return world
}
