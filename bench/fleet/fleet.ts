/**
 * Many pods in front of one user pool: how many key fetches Cognito sees in a second, with the real key code, when pods start,
 * when a key is rotated and when Cognito cannot be reached.
 */
import type { JwksConfig } from '../../src/config/config.ts'
import type { FetchKeys } from '../../src/tokens/keys/jwks.ts'
import { createEventClock, type EventClock } from './clock.ts'
import { type Pod, startPod } from './pod.ts'

const second = 1000
const hour = 3600 * second
const startMs = Date.UTC(2026, 0, 1)
/** Cognito's access tokens live this long unless the app client says otherwise. */
const tokenLifeMs = hour

/** Times are milliseconds since the first start. */
export interface Plan {
  readonly pods: number
  readonly startsAt: (pod: number) => number
  readonly untilMs: number
  readonly settings: JwksConfig
  /** 0 to 1. */
  readonly random: () => number
  /** The time that one fetch takes. */
  readonly fetchMs: number
  readonly rotation?: Rotation
  /** Every fetch fails in this time. */
  readonly outage?: { readonly fromMs: number; readonly untilMs: number }
  /** Every look of every timer happens: slow, and the same. */
  readonly everyLook?: boolean
}

/** From `usedMs` on all new tokens have a new key. People renew their tokens when the old ones expire. */
interface Rotation {
  readonly publishedMs: number
  readonly usedMs: number
  /** At each pod. */
  readonly requestsPerSecond: number
}

/** The key sets that are published, before and after a rotation. */
export interface KeySets {
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly newKid: string
}

export interface Outcome {
  /** Of all pods, by the whole second since the first start. */
  readonly fetches: ReadonlyMap<number, number>
  /** When the last pod learned the new key, after its first token; undefined without a rotation. */
  readonly knownAfterMs: number | undefined
  /** Pods that have keys at the end. */
  readonly ready: number
}

interface World {
  readonly plan: Plan
  readonly keySets: KeySets
  readonly clock: EventClock
  /** Milliseconds since the first start. */
  readonly elapsed: () => number
  readonly fetch: FetchKeys
  readonly learned: number[]
}

export async function simulate(plan: Plan, keySets: KeySets): Promise<Outcome> {
  const clock = createEventClock(startMs)
  const elapsed = () => clock.now() - startMs
  const fetches = new Map<number, number>()
  const fetch: FetchKeys = () => {
    const at = Math.floor(elapsed() / second)
    fetches.set(at, (fetches.get(at) ?? 0) + 1)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    clock.at(clock.now() + plan.fetchMs, () => {
      if (isOut(plan, elapsed())) reject(new Error('no answer'))
      else
        resolve(elapsed() >= (plan.rotation?.publishedMs ?? Number.POSITIVE_INFINITY) ? keySets.after : keySets.before)
    })
    return promise
  }
  const world: World = { plan, keySets, clock, elapsed, fetch, learned: [] }
  const pods = startPods(world)
  await clock.runUntil(startMs + plan.untilMs)
  const { rotation } = plan
  return {
    fetches,
    knownAfterMs: rotation && Math.max(0, ...world.learned.map((atMs) => atMs - rotation.usedMs)),
    ready: pods.filter((pod) => pod.isReady()).length,
  }
}

/** Filled while the clock runs. */
function startPods(world: World): readonly Pod[] {
  const { plan, clock, fetch } = world
  const { settings, random, everyLook = false } = plan
  const pods: Pod[] = []
  for (let n = 0; n < plan.pods; n++) {
    clock.at(startMs + plan.startsAt(n), () => {
      const pod = startPod({ clock, settings, random, fetch, everyLook })
      pods.push(pod)
      if (plan.rotation) comeWithNewKey(world, pod, plan.rotation)
    })
  }
  return pods
}

/**
 * Tokens with the new key come until the pod knows it: at first few, because most callers still have their old token. The share
 * of new ones grows evenly over the life of a token, so that the next one comes at sqrt(t² + 2·life·Exp(1)/rate).
 */
function comeWithNewKey({ plan, keySets, clock, elapsed, learned }: World, pod: Pod, rotation: Rotation): void {
  const { usedMs, requestsPerSecond } = rotation
  const wait = (sinceMs: number) => {
    const more = (2 * tokenLifeMs * -Math.log(1 - plan.random()) * second) / requestsPerSecond
    const nextMs = Math.max(Math.sqrt(sinceMs ** 2 + more), sinceMs + 1)
    clock.at(startMs + usedMs + nextMs, () => {
      if (pod.ask(keySets.newKid)) learned.push(elapsed())
      else wait(nextMs)
    })
  }
  wait(Math.max(0, elapsed() - usedMs))
}

function isOut({ outage }: Plan, atMs: number): boolean {
  return outage !== undefined && atMs >= outage.fromMs && atMs < outage.untilMs
}

/** The most in one whole second from `fromMs` on. */
export function peakOf({ fetches }: Outcome, fromMs = 0): number {
  const seconds = [...fetches].filter(([at]) => at * second >= fromMs)
  return Math.max(0, ...seconds.map(([, count]) => count))
}

export function totalOf({ fetches }: Outcome, fromMs = 0): number {
  return [...fetches].reduce((sum, [at, count]) => sum + (at * second >= fromMs ? count : 0), 0)
}
