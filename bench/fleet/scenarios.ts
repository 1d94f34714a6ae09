/** What happens to a fleet: the rows of the table in docs/operations.md. */
import { generateKeyPairSync } from 'node:crypto'
import type { JwksConfig } from '../../src/config/config.ts'
import type { KeySets, Outcome, Plan } from './fleet.ts'
import { peakOf, simulate, totalOf } from './fleet.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The defaults of cogate; a test compares them with the option table. */
export const defaults: JwksConfig = {
  refreshIntervalMs: hour,
  cooldownMs: 10 * second,
  maxStaleMs: 24 * hour,
  timeoutMs: 3 * second,
}

export interface Scenario {
  readonly name: string
  readonly plan: Omit<Plan, 'pods' | 'startsAt' | 'random' | 'settings' | 'fetchMs'>
  /** The starts of all pods are spread evenly over this time. */
  readonly spreadMs: number
  readonly settings?: Partial<JwksConfig>
  /** The fetches from here on count; default: all. */
  readonly fromMs?: number
}

const rotated = (requestsPerSecond: number, publishedMs = 3 * hour): Scenario['plan'] => ({
  untilMs: 4 * hour,
  rotation: { publishedMs, usedMs: 3 * hour, requestsPerSecond },
})

export const scenarios: readonly Scenario[] = [
  { name: 'all start within a second', spreadMs: second, plan: { untilMs: 10 * minute } },
  { name: 'all start within a minute', spreadMs: minute, plan: { untilMs: 10 * minute } },
  { name: 'a rollout over 10 minutes', spreadMs: 10 * minute, plan: { untilMs: 20 * minute } },
  {
    name: 'the first refresh after all started within a second',
    spreadMs: second,
    fromMs: 10 * minute,
    plan: { untilMs: 70 * minute },
  },
  { name: 'an hour of an ordinary day', spreadMs: second, fromMs: 6 * hour, plan: { untilMs: 7 * hour } },
  ...[1, 10, 100].map((rate) => ({
    name: `a key is used as soon as it is published; ${rate} requests a second at each pod`,
    spreadMs: 10 * minute,
    fromMs: 3 * hour,
    plan: rotated(rate),
  })),
  {
    name: 'a key is published an hour before it is used; 100 requests a second at each pod',
    spreadMs: 10 * minute,
    fromMs: 2 * hour,
    plan: rotated(100, 2 * hour),
  },
  {
    name: 'Cognito is away for 10 minutes',
    spreadMs: 10 * minute,
    fromMs: 3 * hour,
    plan: { untilMs: 4 * hour, outage: { fromMs: 3 * hour, untilMs: 3 * hour + 10 * minute } },
  },
  {
    name: 'all start within a second while Cognito is away: the second to the fifth minute of it',
    spreadMs: second,
    fromMs: minute,
    plan: { untilMs: 5 * minute, outage: { fromMs: 0, untilMs: hour } },
  },
  {
    name: 'the same with `jwks.cooldown: 1m`',
    spreadMs: second,
    fromMs: minute,
    settings: { cooldownMs: minute },
    plan: { untilMs: 5 * minute, outage: { fromMs: 0, untilMs: hour } },
  },
]

export interface Row {
  readonly name: string
  readonly peakPerSecond: number
  readonly total: number
  readonly knownAfterMs: number | undefined
  readonly ready: number
}

export async function runScenario(scenario: Scenario, pods: number, random: () => number): Promise<Row> {
  const { name, plan, spreadMs, settings, fromMs } = scenario
  const outcome: Outcome = await simulate(
    {
      ...plan,
      pods,
      startsAt: (pod) => (pod / pods) * spreadMs,
      settings: { ...defaults, ...settings },
      random,
      fetchMs: 50,
    },
    keySets,
  )
  const { knownAfterMs, ready } = outcome
  return { name, peakPerSecond: peakOf(outcome, fromMs), total: totalOf(outcome, fromMs), knownAfterMs, ready }
}

const oldKey = publish('old')
const newKey = publish('new')
const keySets: KeySets = { before: setOf(oldKey), after: setOf(oldKey, newKey), newKid: 'new' }

function publish(kid: string): object {
  const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  return { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n, e }
}

function setOf(...keys: readonly object[]): Uint8Array {
  return Buffer.from(JSON.stringify({ keys }))
}
