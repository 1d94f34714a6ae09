/**
 * The worker's end of the channel to the primary. When the channel ends, the primary has: the worker must stop then, or
 * it would go on for nobody.
 */
import cluster from 'node:cluster'
import type { Answers, RunOrder, ToPrimary, Topic, ToWorker } from './messages.ts'

export interface PrimaryLink {
  /** Undefined when it is to stop before it was told to run. */
  readonly order: Promise<RunOrder | undefined>
  /** The primary wants it to drain, or is gone. */
  readonly stop: Promise<void>
  /** Resolves when it is on its way; lost when the primary is gone. */
  send(message: ToPrimary): Promise<void>
  /** From here on it answers what it is asked. What fails stays unanswered: no reason for callers to lose the worker. */
  answerFrom(sources: Sources, onFailed: (error: Error) => void): void
}

export type Sources = { readonly [T in Topic]: () => Answers[T] | Promise<Answers[T]> }

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
    // Node would end the process here, in the middle of its requests.
    worker.exitedAfterDisconnect = true
    halt()
  })
  return { order: order.promise, stop: stop.promise, send, answerFrom }
}

function onMessage(hear: (message: ToWorker) => void): void {
  process.on('message', hear)
}

function answerFrom(sources: Sources, onFailed: (error: Error) => void): void {
  onMessage(async (message) => {
    if (message.kind !== 'ask') return
    try {
      await send({ kind: 'answer', id: message.id, value: await sources[message.about]() })
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
