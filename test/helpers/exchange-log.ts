/** The other end of an upstream exchange: it writes down what it is told. */
import type { ExchangeHandler } from '../../src/upstream/exchange-handler.ts'
import { createTally } from './tally.ts'

export interface ExchangeLog extends ExchangeHandler {
  /** `head 200`, `body …`, `end`, `error <name>`; consecutive body chunks are one entry. */
  readonly told: readonly string[]
  /** The last error. */
  readonly error: Error | undefined
  /** Resolves at the end or the error. */
  readonly over: Promise<void>
  /** Resolves once so many body chunks have come. */
  chunks(count: number): Promise<void>
}

export function createExchangeLog({ takesMore = true } = {}): ExchangeLog {
  const told: string[] = []
  const over = Promise.withResolvers<void>()
  const arrivals = createTally()
  let last: Error | undefined
  const tell = (entry: string): void => {
    told.push(entry)
    if (entry === 'end' || entry.startsWith('error')) over.resolve()
  }
  return {
    told,
    over: over.promise,
    get error() {
      return last
    },
    chunks: (count) => arrivals.reached(count),
    onHead: ({ status }) => tell(`head ${status}`),
    onBody(chunk) {
      const text = typeof chunk === 'string' ? chunk : chunk.toString('latin1')
      if (told.at(-1)?.startsWith('body')) told[told.length - 1] += text
      else tell(`body ${text}`)
      arrivals.add()
      return takesMore
    },
    onPause: () => true,
    onEnd: () => tell('end'),
    onError(error) {
      last = error
      tell(`error ${error.name}`)
    },
  }
}
