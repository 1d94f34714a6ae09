/**
 * What primary and worker say to one another. Types only: never a request, a token or a claim.
 */
import type { Config } from '../../config/config.ts'
import type { ConfigIssue } from '../../errors.ts'
import type { Readiness } from '../../ops/health.ts'
import type { Samples } from '../../ops/merge-metrics.ts'

/** The parsed configuration, not where it came from: a file that changed must not make a worker differ from the rest. */
export interface RunOrder {
  readonly kind: 'run'
  /** From 1 on; the place, kept by whoever takes it after an end. */
  readonly worker: number
  readonly config: Config
  readonly version: string
}

export interface Answers {
  readonly readiness: Readiness
  readonly metrics: Samples
}

export type Topic = keyof Answers

export type ToWorker =
  | RunOrder
  | { readonly kind: 'drain' }
  | { readonly kind: 'ask'; readonly id: number; readonly about: Topic }

export type ToPrimary =
  /** Waits for its order. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  /** The last word before it ends. */
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'answer'; readonly id: number; readonly value: Answers[Topic] }

/** An error that has words for the user. */
export type Fault =
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'config'; readonly issues: readonly ConfigIssue[] }
