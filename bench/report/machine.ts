/**
 * What the figures depend on besides the code: processor, kernel, versions, who ran where. No name of the machine.
 */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { versionOf } from '../contenders/contender.ts'
import type { World } from '../world.ts'
import type { Result } from './result.ts'

/** Names and values, in the order of the report. */
export type Machine = Readonly<Record<string, string>>

export function describeMachine(world: World, load: string, results: readonly Result[]): Machine {
  const versions = Object.assign({}, ...results.map((result) => result.versions)) as Record<string, string>
  const pinned = world.gateCore !== undefined
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    cogate: commit(),
    'Node.js': `${process.version}, OpenSSL ${process.versions.openssl}`,
    'OpenSSL of the system': versionOf('openssl', ['version'])?.replace(/ \(.*/, '') ?? 'not installed',
    load: load === 'wrk' ? (versionOf('wrk', ['-v'])?.replace(/ Copyright.*/, '') ?? load) : load,
    upstream: world.upstreams.fixed.what,
    'upstream of bodies and WebSockets': world.upstreams.node.what,
    cores: pinned ? 'contender on core 0; load generator and upstream on core 1' : 'not pinned: taskset is missing',
    ...Object.fromEntries(Object.entries(versions).filter(([name, version]) => version !== '' && name !== 'cogate')),
  }
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
    const changed = git('status', '--porcelain', '--', 'src') === '' ? '' : ', with changes'
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`
  } catch {
    return 'of no commit'
  }
}
