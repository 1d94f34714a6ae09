/**
 * `cogate start`: runs the gate until a signal or a defect drains it, in this process or as the primary of several
 * workers. Must not load the code of the way it does not take.
 */
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { LastReload } from '../ops/exposition/reload-gauges.ts'
import type { Logger } from '../ops/log.ts'
import { createLogger } from '../ops/log.ts'
import { listenForDefects } from '../process/defects.ts'
import type { LoadedAgain } from '../process/reload.ts'
import { Reloader } from '../process/reload.ts'
import { countProcessors } from '../process/workers/processors.ts'
import { countWorkers } from '../process/workers/share.ts'
import type { Terminal } from './command.ts'
import { workerCommand } from './command.ts'
import { listenForSignals } from './signals.ts'
import { readVersion } from './version.ts'

interface Running {
  reload(config: Config): Promise<void>
  /** Opens files of the log again. */
  reopenLogs(): void
  drain(): Promise<void>
  /** Ends what would outlive this process. */
  abandon(): void
}

/**
 * The first signal or defect starts the drain, a second one of the same kind ends it at once. The exit code is 0 after
 * a complete drain without a defect.
 */
export async function startCommand(argv: readonly string[], { env }: Terminal): Promise<number> {
  const load = () => loadWithFiles(argv, env)
  const start = load()
  const { config } = start
  const log = createLogger(config.log)
  const reloader = new Reloader({ start, load, log, now: Date.now })
  const audited: { by?: Running } = {}
  const signals = listenForSignals({
    onIgnored: (signal) => log.info({ signal }, 'signal ignored'),
    onHangUp: () => reloader.request('SIGHUP'),
    onReopen: hasAuditFile(config) ? () => audited.by?.reopenLogs() : undefined,
  })
  const workers = countWorkers(config, countProcessors())
  const parts = { log, lastReload: () => reloader.last }
  const running = workers === 1 ? await startAlone(config, parts) : await startWorkers(config, { ...parts, workers })
  audited.by = running
  reloader.begin((next) => running.reload(next))
  const defects = listenForDefects(log)
  const signalled = signals.next()
  const failed = defects.next()
  await Promise.race([signalled, failed])
  reloader.end()
  const drained = running.drain().catch(defects.report)
  const second = Promise.race([signalled.then(() => signals.next()), failed.then(() => defects.next())])
  const ending = await Promise.race([drained.then(() => 'drained'), second.then(() => 'interrupted')])
  if (ending === 'interrupted') running.abandon()
  return ending === 'drained' && defects.count === 0 ? 0 : 1
}

function hasAuditFile({ log: { audit } }: Config): boolean {
  return audit !== 'none' && audit !== 'stdout'
}

/** With the files whose change is one of the configuration. */
function loadWithFiles(argv: readonly string[], env: Terminal['env']): LoadedAgain {
  const { config, files } = loadConfig({ argv, env })
  const tls = [config.upstream, ...config.upstreams].flatMap((own) => [
    own.tls.caFile,
    own.tls.certFile,
    own.tls.keyFile,
  ])
  return { config, files: [...files, ...tls].filter((file) => file !== undefined) }
}

interface Parts {
  readonly log: Logger
  readonly lastReload: () => LastReload
}

/** A primary serves no request and does not load the gate; a single process does not load node:cluster. */
async function startAlone(config: Config, parts: Parts): Promise<Running> {
  const { startGate } = await import('../process/start-gate.ts')
  const gate = await startGate(config, { version: readVersion(), ...parts })
  return { reload: gate.reload, reopenLogs: gate.reopenLogs, drain: () => gate.drain(), abandon() {} }
}

async function startWorkers(config: Config, parts: Parts & { readonly workers: number }): Promise<Running> {
  const { startPrimary } = await import('../process/workers/primary.ts')
  const [, program = ''] = process.argv
  const options = { ...parts, version: readVersion(), program, args: [workerCommand] }
  const primary = await startPrimary(config, options)
  return {
    reload: primary.reload,
    reopenLogs: primary.reopenLogs,
    drain: () => primary.drain(),
    abandon: () => primary.kill(),
  }
}
