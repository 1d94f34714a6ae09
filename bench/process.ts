/**
 * Processes under measurement: started on a core of their own, and ended with it.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface StartOptions {
  /** Ignored where taskset is not installed; see `canPin`. */
  readonly core?: number | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** The process counts as started once a line of its output matches; without it, at once. */
  readonly readyLine?: RegExp | undefined
  readonly cwd?: string | undefined
}

export interface RunningProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** Lines of stdout and stderr so far, the last thousand. */
  readonly lines: readonly string[]
  /** The line that matched `readyLine`, or an empty string. */
  readonly ready: string
  /** Settles when it has ended and its output is read. */
  readonly ended: Promise<void>
  /** Ends it with SIGTERM, after two seconds with SIGKILL. Safe to call twice. */
  stop(): Promise<void>
}

const HAS_TASKSET = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0
const KEPT_LINES = 1000
const READY_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 2_000

/** Whether `core` has an effect here. */
export function canPin(): boolean {
  return HAS_TASKSET
}

/** Rejects, with the last lines it wrote, when the process ends or stays silent before its `readyLine`. */
export async function startPinned(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<RunningProcess> {
  const { core, env = {}, cwd } = options
  const pinned = core !== undefined && canPin()
  const child = spawn(pinned ? 'taskset' : command, pinned ? ['-c', String(core), command, ...args] : args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd,
  })
  const lines: string[] = []
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = (): Promise<void> => stopProcess(child)
  try {
    const ready = await waitForLine({ command, child, lines, readyLine: options.readyLine })
    return { pid: child.pid ?? 0, child, lines, ready, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Waiting {
  readonly command: string
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  /** Filled for as long as the process runs. */
  readonly lines: string[]
  readonly readyLine: RegExp | undefined
}

function waitForLine({ command, child, lines, readyLine }: Waiting): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error([`${command} ${why}`, ...lines.slice(-10)].join('\n')))
    const onLine = (line: string): void => {
      if (lines.push(line) > KEPT_LINES) lines.shift()
      if (readyLine?.test(line)) resolve(line)
    }
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine)
    child.once('error', (error) => fail(`did not start: ${error.message}`))
    child.once('close', (code, signal) => fail(`ended with ${code ?? signal}`))
    if (readyLine === undefined) child.once('spawn', () => resolve(''))
    else setTimeout(() => fail('was not ready in time'), READY_TIMEOUT_MS).unref()
  })
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
