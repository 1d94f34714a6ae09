/**
 * SIGTERM and SIGINT as promises, in the order they arrive. From the call on Node no longer ends the process by itself.
 */
import { Arrivals } from '../process/arrivals.ts'

export interface Signals {
  /** The next one that nobody has taken yet; one that came before the call is not lost. */
  next(): Promise<NodeJS.Signals>
}

const watched = ['SIGTERM', 'SIGINT'] as const

export function listenForSignals(): Signals {
  const signals = new Arrivals<NodeJS.Signals>()
  for (const signal of watched) process.on(signal, () => signals.push(signal))
  return signals
}
