/** What happens to a pool's keys and the tokens they sign, as a list of steps on a clock that stands still between them. */
import fc from 'fast-check'

export type Step =
  /** The endpoint publishes these keys from now on; a set without keys is none, and counts as a failure to answer. */
  | { readonly do: 'publish'; readonly keys: readonly number[] }
  | { readonly do: 'answer' | 'fail' }
  /** Time goes by and whatever is due is done. */
  | { readonly do: 'pass'; readonly seconds: number }
  /** Time goes by unnoticed, as on a machine that was suspended. */
  | { readonly do: 'sleep'; readonly seconds: number }
  /** A caller comes with a fresh token of that key, or with the latest one again. */
  | { readonly do: 'ask'; readonly key: number; readonly seconds: number }
  | { readonly do: 'askAgain'; readonly key: number }

export interface KeyCase {
  /** Of the jitter, 0 to 1. */
  readonly random: number
  readonly steps: readonly Step[]
}

const keyCount = 4
export const refreshSeconds = 3600
export const staleSeconds = 4 * refreshSeconds

const key = fc.nat(keyCount - 1)
const seconds = fc.oneof(
  fc.nat(30),
  fc.nat(2 * refreshSeconds),
  fc.constantFrom(
    1,
    10,
    refreshSeconds - 1,
    refreshSeconds,
    staleSeconds - refreshSeconds,
    staleSeconds - 1,
    staleSeconds,
    2 * staleSeconds,
  ),
)
/** Tokens that outlive everything else, or do not. */
const lifeSeconds = fc.oneof(seconds, fc.constant(10 * staleSeconds))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'fail' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), seconds }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ask' as const), key, seconds: lifeSeconds }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('askAgain' as const), key }) },
)

export const keyCases: fc.Arbitrary<KeyCase> = fc.record({
  random: fc.double({ min: 0, max: 1, noNaN: true }),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
})
