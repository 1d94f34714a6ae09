/**
 * How many processors this process may use: what `workers: auto` stands for. Never more than the CPU limit of its
 * container, at least one.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const quotaFile = '/sys/fs/cgroup/cpu.max'

/**
 * Read here too: before libuv 1.52 Node takes a limit below one processor for none, and a small container would get a
 * worker for every processor of its machine.
 */
export function countProcessors(available = availableParallelism(), readQuota = readQuotaFile): number {
  return Math.min(available, parseQuota(readQuota()))
}

/** `50000 100000`: microseconds of how many; `max 100000` is no limit. */
function parseQuota(text: string): number {
  const [, quota, period] = /^(\d+) (\d+)/.exec(text) ?? []
  return quota === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(Number(quota) / Number(period)))
}

/** Empty where there is no such file: no container, or an older kind of control group, which Node reads alone. */
function readQuotaFile(): string {
  try {
    return readFileSync(quotaFile, 'utf8')
  } catch {
    return ''
  }
}
