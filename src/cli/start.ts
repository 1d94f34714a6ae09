/**
 * `cogate start`: run the gate until a signal drains it.
 */
import { loadConfig } from '../config/load.ts'
import { startGate } from '../start-gate.ts'
import type { Terminal } from './command.ts'
import { listenForSignals } from './signals.ts'
import { readVersion } from './version.ts'

/** A second signal ends the drain at once, with exit code 1. */
export async function startCommand(argv: readonly string[], { env }: Terminal): Promise<number> {
  const { config } = loadConfig({ argv, env })
  const signals = listenForSignals()
  const gate = await startGate(config, { version: readVersion() })
  await signals.next()
  const drained = gate.drain().then(() => 0)
  const interrupted = signals.next().then(() => 1)
  return Promise.race([drained, interrupted])
}
