/**
 * The signals that ask the process to end, as promises, in the order in which they arrive. None may be lost, and no
 * signal ends the process or opens the debugger by itself.
 */
import { Arrivals } from '../process/arrivals.ts'
import { drainSignals, ignoredSignals } from '../process/signal-names.ts'

export interface Signals {
  /** Resolves to the next signal that was not taken yet, even if it came before the call. */
  next(): Promise<NodeJS.Signals>
}

export interface SignalOptions {
  /** Milliseconds on a clock that is never set back; default: `performance.now`. */
  readonly now?: () => number
  /** What is told of a signal without an effect; default: nobody. */
  readonly onIgnored?: (signal: NodeJS.Signals) => void
  /** The end of the terminal ends the process too; default: it does not. */
  readonly endsAtHangUp?: boolean
  /** What SIGUSR2 asks for; default: it is ignored. */
  readonly onReopen?: (() => void) | undefined
  /** What SIGHUP asks for; default: it is ignored. */
  readonly onHangUp?: () => void
}

/**
 * At Ctrl-C the terminal signals every process of its group, and npm passes its own signal on: one press arrives twice.
 */
const sameSignalMs = 1000

/** After this call Node.js no longer ends the process at one of these signals. */
export function listenForSignals(options: SignalOptions = {}): Signals {
  const { now = () => performance.now(), onIgnored = () => {} } = options
  const signals = new Arrivals<NodeJS.Signals>()
  const lastAt = new Map<NodeJS.Signals, number>()
  const take = (signal: NodeJS.Signals): void => {
    const at = now()
    if (at - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs) return
    lastAt.set(signal, at)
    signals.push(signal)
  }
  for (const signal of drainSignals) process.on(signal, take)
  const hangUp = options.endsAtHangUp === true ? take : (options.onHangUp ?? onIgnored)
  const asked: Partial<Record<NodeJS.Signals, (signal: NodeJS.Signals) => void>> = {
    SIGHUP: hangUp,
    SIGUSR2: options.onReopen ?? onIgnored,
  }
  for (const signal of ignoredSignals) process.on(signal, asked[signal] ?? onIgnored)
  return signals
}
