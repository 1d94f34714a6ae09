/** A JWKS cache on a clock that stands still, fed by key endpoints that say what the test tells them to. */
import type { JwksConfig } from '../../src/config/config.ts'
import type { FetchKeys, JwksEvent, JwksPool } from '../../src/tokens/keys/jwks.ts'
import { Jwks } from '../../src/tokens/keys/jwks.ts'
import type { PoolKeys, TrustedKey } from '../../src/tokens/keys/pool-keys.ts'
import { type Clock, createClock } from './clock.ts'
import { keySetBytes } from './key-sets.ts'

export const poolId = 'eu-west-1_TESTPOOL1'
export const firstUri = `https://cognito-idp.eu-west-1.amazonaws.com/${poolId}/.well-known/jwks.json`
export const secondUri = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${poolId}/.well-known/jwks.json`

export interface RigOptions extends Partial<JwksConfig> {
  /** Default: one pool with both URIs above. */
  readonly pools?: readonly JwksPool[]
  readonly clock?: Clock
  readonly random?: () => number
  /** Instead of the endpoints of the rig: a real fetcher. */
  readonly fetch?: FetchKeys
}

export interface Rig {
  readonly jwks: Jwks
  /** Of the first pool. */
  readonly pool: PoolKeys
  readonly clock: Clock
  /** URIs in the order of the fetches. */
  readonly fetches: string[]
  readonly events: JwksEvent[]
  readonly withdrawn: TrustedKey[]
  /** From now on this URI publishes these keys; an endpoint nobody set up fails. */
  serve(uri: string, ...keys: readonly unknown[]): void
  answer(uri: string, respond: () => Promise<Uint8Array>): void
  /** The next fetches of this URI wait; the function lets them go on. */
  hold(uri: string): () => void
  /** The kind of answer a caller gets in the end. */
  lookUp(kid: string): Promise<string>
}

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute

export const rigDefaults = {
  refreshIntervalMs: hour,
  cooldownMs: 10 * second,
  maxStaleMs: 24 * hour,
  timeoutMs: 3 * second,
} satisfies JwksConfig

export function createRig(options: RigOptions = {}): Rig {
  const { clock = createClock(1_800_000_000_000), pools = [{ id: poolId, uris: [firstUri, secondUri] }] } = options
  const endpoints = new Map<string, () => Promise<Uint8Array>>()
  const fetches: string[] = []
  const events: JwksEvent[] = []
  const withdrawn: TrustedKey[] = []
  const refuse = () => Promise.reject(new Error('answered with status 503'))
  const jwks = new Jwks({
    ...rigDefaults,
    random: () => 1,
    ...options,
    pools,
    now: clock.now,
    fetch(uri, limits) {
      fetches.push(uri)
      return options.fetch ? options.fetch(uri, limits) : (endpoints.get(uri) ?? refuse)()
    },
    onEvent: (event) => events.push(event),
    onWithdrawn: (key) => withdrawn.push(key),
  })
  const pool = jwks.pool(pools[0]?.id ?? '')
  return {
    jwks,
    pool,
    clock,
    fetches,
    events,
    withdrawn,
    serve: (uri, ...keys) => void endpoints.set(uri, async () => keySetBytes(...keys)),
    answer: (uri, respond) => void endpoints.set(uri, respond),
    hold(uri) {
      const respond = endpoints.get(uri) ?? refuse
      let release = () => {}
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      endpoints.set(uri, () => gate.then(respond))
      return release
    },
    async lookUp(kid) {
      const lookup = pool.find(kid, clock.now())
      return (lookup.kind === 'wait' ? await pool.refetch(kid) : lookup).kind
    },
  }
}
