/**
 * How many processors this process may use: what `workers: auto` stands for. Never more than the CPU limit of its
 * container, at least one.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const quotaFile = '/sys/fs/cgroup/cpu.max'

/**
 * Reads the limit itself as well: before libuv 1.52 Node.js ignores a limit of less than one processor, and a small
 * container would get a worker for every processor of its machine.
 */
export function countProcessors(available = availableParallelism(), readQuota = readQuotaFile): number {
  return Math.min(available, parseQuota(readQuota()))
}

/** `50000 100000` allows 50,000 of every 100,000 microseconds; `max 100000` is no limit. */
function parseQuota(text: string): number {
  const [, quota, period] = /^(\d+) (\d+)/.exec(text) ?? []
  return quota === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(Number(quota) / Number(period)))
}

/** Empty without such a file: outside containers, and with control groups of version 1, which Node.js reads itself. */
function readQuotaFile(): string {
  try {
    return readFileSync(quotaFile, 'utf8')
  } catch {
    return ''
  }
}
