/**
 * `cogate start`: runs the gate until a signal or a defect drains it, in this process or as the primary of several
 * workers. Must not load the code of the way it does not take.
 */
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { Logger } from '../ops/log.ts'
import { createLogger } from '../ops/log.ts'
import { listenForDefects } from '../process/defects.ts'
import { countProcessors } from '../process/workers/processors.ts'
import { countWorkers } from '../process/workers/share.ts'
import type { Terminal } from './command.ts'
import { workerCommand } from './command.ts'
import { listenForSignals } from './signals.ts'
import { readVersion } from './version.ts'

interface Running {
  drain(): Promise<void>
  /** Ends what would outlive this process. */
  abandon(): void
}

/**
 * The first signal or defect starts the drain, a second one of the same kind ends it at once. The exit code is 0 after
 * a complete drain without a defect.
 */
export async function startCommand(argv: readonly string[], { env }: Terminal): Promise<number> {
  const { config } = loadConfig({ argv, env })
  const log = createLogger(config.log)
  const signals = listenForSignals({ onIgnored: (signal) => log.info({ signal }, 'signal ignored') })
  const workers = countWorkers(config, countProcessors())
  const running = workers === 1 ? await startAlone(config, log) : await startWorkers(config, log, workers)
  const defects = listenForDefects(log)
  const signalled = signals.next()
  const failed = defects.next()
  await Promise.race([signalled, failed])
  const drained = running.drain().catch(defects.report)
  const second = Promise.race([signalled.then(() => signals.next()), failed.then(() => defects.next())])
  const ending = await Promise.race([drained.then(() => 'drained'), second.then(() => 'interrupted')])
  if (ending === 'interrupted') running.abandon()
  return ending === 'drained' && defects.count === 0 ? 0 : 1
}

/** A primary serves no request and does not load the gate; a single process does not load node:cluster. */
async function startAlone(config: Config, log: Logger): Promise<Running> {
  const { startGate } = await import('../process/start-gate.ts')
  const gate = await startGate(config, { version: readVersion(), log })
  return { drain: () => gate.drain(), abandon() {} }
}

async function startWorkers(config: Config, log: Logger, workers: number): Promise<Running> {
  const { startPrimary } = await import('../process/workers/primary.ts')
  const [, program = ''] = process.argv
  const options = { workers, version: readVersion(), log, program, args: [workerCommand] }
  const primary = await startPrimary(config, options)
  return { drain: () => primary.drain(), abandon: () => primary.kill() }
}
