/**
 * One fuzzer for as long as told: batch after batch, each in a session of its own and from a seed of its own, so that
 * every batch can be had again. It stops at the first failure: the same one would be found over and over.
 */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Failure, Fuzzer, Watch } from './fuzzer.ts'

export interface Campaign {
  readonly seed: number
  /** On the clock of `now`. */
  readonly endsAt: number
  /** Milliseconds. */
  readonly now: () => number
  readonly watch: Watch
  /** Batches that run at the same time: cases wait for sockets and timers most of the time. Default 1. */
  readonly lanes?: number
}

export interface Result {
  readonly name: string
  readonly cases: number
  readonly seconds: number
  /** How often cases ended how. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly failure: Failure | undefined
}

const batchCases = 1000

export async function runCampaign(fuzzer: Fuzzer, { seed, endsAt, now, watch, lanes = 1 }: Campaign): Promise<Result> {
  const startedAt = now()
  const outcomes = new Map<string, number>()
  const state: { batch: number; failure?: Failure } = { batch: 0 }
  const isOver = () => state.failure !== undefined || now() >= endsAt
  const runLane = async (): Promise<void> => {
    while (!isOver()) {
      const failure = await fuzzer.run({
        seed: batchSeed(seed, fuzzer.name, state.batch++),
        cases: batchCases,
        isOver,
        watch(candidate, outcome) {
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
          watch(candidate, outcome)
        },
      })
      if (failure) state.failure ??= failure
      // Timers, and what native objects wait for to let go of their memory: some fuzzers never leave this turn.
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: lanes }, runLane))
  const cases = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
  return { name: fuzzer.name, cases, seconds: (now() - startedAt) / 1000, outcomes, failure: state.failure }
}

/** 32 bits, and another for every fuzzer and batch. */
function batchSeed(seed: number, name: string, batch: number): number {
  return createHash('sha256').update(`${seed} ${name} ${batch}`).digest().readInt32BE()
}
