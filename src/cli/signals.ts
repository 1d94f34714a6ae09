/**
 * SIGTERM and SIGINT as promises, in the order they arrive. From the call on Node no longer ends the process by itself.
 */

export interface Signals {
  /** The next one that nobody has taken yet; one that came before the call is not lost. */
  next(): Promise<NodeJS.Signals>
}

const watched = ['SIGTERM', 'SIGINT'] as const

export function listenForSignals(): Signals {
  const arrived: NodeJS.Signals[] = []
  const waiting: ((signal: NodeJS.Signals) => void)[] = []
  const onSignal = (signal: NodeJS.Signals): void => {
    const deliver = waiting.shift()
    if (deliver) deliver(signal)
    else arrived.push(signal)
  }
  for (const signal of watched) process.on(signal, onSignal)
  return {
    next() {
      const early = arrived.shift()
      return early ? Promise.resolve(early) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}
