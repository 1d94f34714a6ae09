/**
 * Processes under measurement: started on a core of their own, read through /proc, ended by their own pid. Never counts
 * a process that is not a descendant of the one it was asked about.
 */
import { type ChildProcess, type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
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

export interface CpuMicros {
  readonly user: number
  readonly system: number
}

const HAS_TASKSET = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
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

/** CPU time of the process and its descendants so far; children that ended and were waited for are included. */
export function cpuMicrosOf(pid: number): CpuMicros {
  let user = 0
  let system = 0
  for (const { userTicks, systemTicks } of treeOf(pid)) {
    user += userTicks
    system += systemTicks
  }
  return { user: toMicros(user), system: toMicros(system) }
}

/** Resident memory of the process and its descendants; pages they share count once for each. */
export function rssBytesOf(pid: number): number {
  return treeOf(pid).reduce((sum, stat) => sum + ownRssBytes(stat.pid), 0)
}

/** Open file descriptors of the process and its descendants. */
export function fdCountOf(pid: number): number {
  return treeOf(pid).reduce((sum, stat) => sum + readdirSync(`/proc/${stat.pid}/fd`).length, 0)
}

/** For a bench that is interrupted: nothing it started may outlive it. */
export function endDescendantsOf(pid: number): void {
  for (const stat of treeOf(pid)) {
    if (stat.pid !== pid) endProcess(stat.pid)
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended in the meantime.
  }
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly userTicks: number
  readonly systemTicks: number
}

/** The process first, then its descendants. */
function treeOf(pid: number): readonly ProcessStat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(Number(name)) : []))
  const own = all.filter((stat) => stat.pid === pid)
  if (own.length === 0) throw new Error(`process ${pid} has ended`)
  for (let at = 0; at < own.length; at++) own.push(...all.filter((stat) => stat.parent === own[at]?.pid))
  return own
}

/** Empty when the process has ended in the meantime. */
function readStat(pid: number): readonly ProcessStat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold spaces and parentheses: the fields begin behind the last one.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
      (at) => fields[at],
    )
    return [{ pid, parent, userTicks: user + childUser, systemTicks: system + childSystem }]
  } catch {
    return []
  }
}

function ownRssBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

function toMicros(ticks: number): number {
  return (ticks / TICKS_PER_SECOND) * 1e6
}
