/**
 * The messages between the primary and its workers. Types only. A message must never hold a token or a claim, and of a request
 * no more than the status page shows.
 */
import type { Config } from '../../config/config.ts'
import type { ConfigIssue } from '../../errors.ts'
import type { ActivityPart } from '../../ops/cost/active-users.ts'
import type { Samples } from '../../ops/exposition/merge-metrics.ts'
import type { Readiness } from '../../ops/health.ts'
import type { StatusPart } from '../../ops/status/status.ts'

/** Holds the parsed configuration and not its sources: a file that has changed must not make one worker differ. */
export interface RunOrder {
  readonly kind: 'run'
  /** From 1 on. A process that is started after an end has the number of the ended one. */
  readonly worker: number
  readonly config: Config
  readonly version: string
}

export interface Answers {
  readonly readiness: Readiness
  readonly metrics: Samples
  /** Without a fault the new configuration is in use. */
  readonly reload: { readonly fault: Fault | undefined }
  readonly status: StatusPart
  readonly activity: ActivityPart
}

export type Topic = keyof Answers

export type ToWorker =
  | RunOrder
  | { readonly kind: 'drain' }
  /** Open files of the log again. */
  | { readonly kind: 'reopen' }
  | { readonly kind: 'ask'; readonly id: number; readonly about: Exclude<Topic, 'reload'> }
  | { readonly kind: 'reload'; readonly id: number; readonly config: Config }

export type ToPrimary =
  /** The worker runs and waits for its order. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  /** The last message before the worker ends. */
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'answer'; readonly id: number; readonly value: Answers[Topic] }

/** An error that has a text for the user. */
export type Fault =
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'config'; readonly issues: readonly ConfigIssue[] }
