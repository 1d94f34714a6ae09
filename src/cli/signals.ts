/**
 * SIGTERM and SIGINT as promises, in the order in which they arrive. No signal may be lost.
 */
import { Arrivals } from '../process/arrivals.ts'

export interface Signals {
  /** Resolves to the next signal that was not taken yet, even if it came before the call. */
  next(): Promise<NodeJS.Signals>
}

const watched = ['SIGTERM', 'SIGINT'] as const

/** After this call Node.js no longer ends the process at one of these signals. */
export function listenForSignals(): Signals {
  const signals = new Arrivals<NodeJS.Signals>()
  for (const signal of watched) process.on(signal, () => signals.push(signal))
  return signals
}
