/**
 * A worker process as the primary sees it, on node:cluster. Carries messages and reports the end of the process; must
 * not look into a message.
 */
import cluster from 'node:cluster'
import type { ToPrimary, ToWorker } from './messages.ts'

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

export interface Child {
  /** Undefined when the system could not start the process; `ended` is called then. */
  readonly pid: number | undefined
  /** The message is lost when the process has ended. */
  send(message: ToWorker): void
  /** Ends the process at once, whatever it is doing. */
  kill(): void
}

export interface ChildEvents {
  heard(message: ToPrimary): void
  /** Called once. No message is heard after it. */
  ended(ending: Ending): void
}

export type Fork = (events: ChildEvents) => Child

/** `program` is run with `args`; it must call `runWorker`. */
export function createFork(program: string, args: readonly string[]): Fork {
  // The primary accepts connections and gives them to the workers in turn. The system would often give several
  // long-lived ones to the same worker.
  cluster.schedulingPolicy = cluster.SCHED_RR
  // As structured clones: JSON would make null of a metric that is NaN.
  cluster.setupPrimary({ exec: program, args: [...args], serialization: 'advanced' })
  return forkWorker
}

type Worker = ReturnType<typeof cluster.fork>

function forkWorker(events: ChildEvents): Child {
  const worker = fork()
  return worker ? watch(worker, events) : neverStarted(events)
}

/** Node.js throws some errors of the system (no memory, for example) and emits others. None may end the primary. */
function fork(): Worker | undefined {
  try {
    return cluster.fork()
  } catch {
    return undefined
  }
}

function neverStarted(events: ChildEvents): Child {
  setImmediate(() => events.ended({ code: null, signal: null }))
  return { pid: undefined, send: ignore, kill: ignore }
}

function watch(worker: Worker, events: ChildEvents): Child {
  const child = worker.process
  const state: { ending?: Ending; isOver: boolean } = { isOver: false }
  // The exit may be reported before the last messages are read.
  const endWhenRead = (): void => {
    if (state.ending === undefined || worker.isConnected() || state.isOver) return
    state.isOver = true
    events.ended(state.ending)
  }
  worker.on('message', (message: ToPrimary) => events.heard(message))
  worker.on('disconnect', endWhenRead)
  worker.on('exit', (code, signal) => {
    state.ending = { code, signal }
    endWhenRead()
  })
  worker.on('error', () => {
    // A process that could not be started emits no exit. In all other cases the exit follows and says more.
    if (child.pid === undefined) worker.emit('exit', null, null)
  })
  return {
    pid: child.pid,
    send: (message) => {
      if (worker.isConnected()) worker.send(message, ignore)
    },
    kill: () => child.kill('SIGKILL'),
  }
}

function ignore(): void {
  // The end of the process is reported anyway.
}
