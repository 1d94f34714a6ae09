/**
 * A worker process as the primary holds it, on node:cluster. Knows what is sent and when a process ends, not what for.
 */
import cluster from 'node:cluster'
import type { ToPrimary, ToWorker } from './messages.ts'

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

export interface Child {
  /** Undefined when the system did not let it start; it ends then. */
  readonly pid: number | undefined
  /** Lost when the process has ended. */
  send(message: ToWorker): void
  /** At once, whatever it is doing. */
  kill(): void
}

export interface ChildEvents {
  heard(message: ToPrimary): void
  /** Once, and nothing is heard after it. */
  ended(ending: Ending): void
}

export type Fork = (events: ChildEvents) => Child

/** `program` is run with `args`; it must call `runWorker`. */
export function createFork(program: string, args: readonly string[]): Fork {
  // The primary accepts and deals connections out in turn. Left to the system, few long-lived connections pile up on
  // one worker.
  cluster.schedulingPolicy = cluster.SCHED_RR
  // Structured clones: JSON would turn the NaN of a metric into null.
  cluster.setupPrimary({ exec: program, args: [...args], serialization: 'advanced' })
  return forkWorker
}

type Worker = ReturnType<typeof cluster.fork>

function forkWorker(events: ChildEvents): Child {
  const worker = fork()
  return worker ? watch(worker, events) : neverStarted(events)
}

/** Some errors of the system Node.js throws (no memory, say), others it tells: none of them may end the primary. */
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
  // The exit may be known before the last words have been read.
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
    // A process that could not be started never exits; otherwise the exit tells more.
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
  // The end of the process tells.
}
