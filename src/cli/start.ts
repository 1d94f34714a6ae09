/**
 * `cogate start`: run the gate until a signal drains it, in this process or as the primary of several workers.
 */
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { countProcessors } from '../workers/processors.ts'
import { countWorkers } from '../workers/share.ts'
import type { Terminal } from './command.ts'
import { workerCommand } from './command.ts'
import { listenForSignals } from './signals.ts'
import { readVersion } from './version.ts'

interface Running {
  drain(): Promise<void>
  /** What this process does not take with it when it ends. */
  abandon(): void
}

/** A second signal ends the drain at once, with exit code 1. */
export async function startCommand(argv: readonly string[], { env }: Terminal): Promise<number> {
  const { config } = loadConfig({ argv, env })
  const signals = listenForSignals()
  const workers = countWorkers(config, countProcessors())
  const running = workers === 1 ? await startAlone(config) : await startWorkers(config, workers)
  await signals.next()
  const drained = running.drain().then(() => 0)
  const interrupted = signals.next().then(() => {
    running.abandon()
    return 1
  })
  return Promise.race([drained, interrupted])
}

/** Each way loads only what it needs: a primary serves nothing, a process alone knows no cluster. */
async function startAlone(config: Config): Promise<Running> {
  const { startGate } = await import('../start-gate.ts')
  const gate = await startGate(config, { version: readVersion() })
  return { drain: () => gate.drain(), abandon() {} }
}

async function startWorkers(config: Config, workers: number): Promise<Running> {
  const { startPrimary } = await import('../workers/primary.ts')
  const [, program = ''] = process.argv
  const primary = await startPrimary(config, { workers, version: readVersion(), program, args: [workerCommand] })
  return { drain: () => primary.drain(), abandon: () => primary.kill() }
}
