/**
 * A process and its descendants, read through /proc: what they take, and their end by their own pid. Never counts a
 * process that is not a descendant of the one it was asked about.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface CpuMicros {
  readonly user: number
  readonly system: number
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

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
