/**
 * The worker's end of the channel to the primary. When the channel closes, the primary has ended and the worker must
 * stop too.
 */
import cluster from 'node:cluster'
import type { Config } from '../../config/config.ts'
import type { Answers, RunOrder, ToPrimary, Topic, ToWorker } from './messages.ts'

export interface PrimaryLink {
  /** Resolves to undefined when the worker has to stop before it was told to run. */
  readonly order: Promise<RunOrder | undefined>
  /** Resolves when the primary asks the worker to drain, or has ended. */
  readonly stop: Promise<void>
  /** Resolves when the message is sent. It is lost when the primary has ended. */
  send(message: ToPrimary): Promise<void>
  /** From now on the primary may ask to open files of the log again. */
  onReopen(reopen: () => void): void
  /** Answers the primary's questions from now on. One that fails stays unanswered and does not end the worker. */
  answerFrom(sources: Sources, onFailed: (error: Error) => void): void
}

export type Sources = {
  readonly [T in Exclude<Topic, 'reload'>]: () => Answers[T] | Promise<Answers[T]>
} & { readonly reload: (config: Config) => Promise<Answers['reload']> }

export function linkToPrimary(): PrimaryLink {
  const order = Promise.withResolvers<RunOrder | undefined>()
  const stop = Promise.withResolvers<void>()
  const halt = (): void => {
    stop.resolve()
    order.resolve(undefined)
  }
  onMessage((message) => {
    if (message.kind === 'run') order.resolve(message)
    if (message.kind === 'drain') halt()
  })
  const { worker } = cluster
  worker?.once('disconnect', () => {
    // Without this Node.js ends the process here, in the middle of its requests.
    worker.exitedAfterDisconnect = true
    halt()
  })
  return { order: order.promise, stop: stop.promise, send, onReopen, answerFrom }
}

function onReopen(reopen: () => void): void {
  onMessage(({ kind }) => {
    if (kind === 'reopen') reopen()
  })
}

function onMessage(hear: (message: ToWorker) => void): void {
  process.on('message', hear)
}

function answerFrom(sources: Sources, onFailed: (error: Error) => void): void {
  onMessage(async (message) => {
    if (message.kind !== 'ask' && message.kind !== 'reload') return
    try {
      const { id } = message
      const value = message.kind === 'ask' ? sources[message.about]() : sources.reload(message.config)
      await send({ kind: 'answer', id, value: await value })
    } catch (error) {
      onFailed(error as Error)
    }
  })
}

function send(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
