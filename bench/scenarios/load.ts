/**
 * Scenarios that are a closed-loop load of one kind: CPU time of the contender's process tree per request, user and
 * system apart, with requests per second beside it.
 */
import type { Running } from '../contenders/contender.ts'
import type { Load } from '../load/job.ts'
import { runLoad } from '../load/load.ts'
import { cpuMicrosOf } from '../process-tree.ts'
import type { Column } from '../report/result.ts'
import type { TokenSetName } from '../tokens.ts'
import type { World } from '../world.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { Bench, Case, Scenario } from './scenario.ts'

export interface LoadCase extends Case {
  readonly path?: string
  readonly bodyBytes?: number
  /** Undefined: no token is sent. */
  readonly tokens?: TokenSetName
  readonly tokenCount?: number
  /** Default 64. */
  readonly connections?: number
  /** Default: every answer is below 400. `refused`: none is. */
  readonly expect?: 'ok' | 'refused'
}

export interface LoadScenario {
  readonly name: string
  readonly title: string
  readonly quick?: boolean
  readonly cases: readonly LoadCase[]
  readonly notes?: readonly string[]
  /** The row that ratios are taken of; default cogate. */
  readonly baseline?: string
}

const DEFAULT_CONNECTIONS = 64
const LONGER = 5

export function loadScenario({ name, title, quick = false, cases, notes, baseline }: LoadScenario): Scenario {
  return {
    name,
    title,
    quick,
    run: (bench, scenario) =>
      runRounds(bench, scenario, {
        cases,
        columns: loadColumns(baseline),
        ...(notes && { notes }),
        measure: (one, running, seconds) => measureLoad(bench, { one, running, seconds }),
      }),
  }
}

export function loadColumns(baseline = 'cogate'): readonly Column[] {
  return [
    { head: 'CPU µs/request', key: 'cpu', digits: 1, spread: true },
    { head: 'user', key: 'cpuUser', digits: 1 },
    { head: 'system', key: 'cpuSystem', digits: 1 },
    { head: `÷ ${baseline}`, key: 'cpu', digits: 2, against: { label: baseline, how: 'ratio' } },
    { head: 'requests/s', key: 'rps', digits: 0, spread: true },
  ]
}

export interface LoadRun {
  readonly one: LoadCase
  readonly running: Running
  readonly seconds: number
}

/** On a crowded machine a short load may end before its first answer: it is tried once more, for longer. */
export async function measureLoad(bench: Bench, run: LoadRun): Promise<Measured> {
  const first = await measureOnce(bench, run)
  if (first.requests > 0) return first
  bench.say(`  ${run.one.label}: no answer in ${run.seconds} s, trying again`)
  return measureOnce(bench, { ...run, seconds: run.seconds * LONGER })
}

async function measureOnce(
  { world, settings }: Bench,
  { one, running, seconds }: LoadRun,
): Promise<Measured & { readonly requests: number }> {
  const core = one.variant?.pinned === false ? undefined : world.loadCore
  const before = cpuMicrosOf(running.pid)
  const tool = { name: settings.load, folder: world.folder, core }
  const counts = await runLoad(tool, toLoad(world, one, { url: running.url, seconds }))
  const after = cpuMicrosOf(running.pid)
  const { requests } = counts
  const problem = problemOf({ ...counts, expect: one.expect ?? 'ok' })
  if (requests === 0) return { figures: {}, problem, requests }
  const cpuUser = (after.user - before.user) / requests
  const cpuSystem = (after.system - before.system) / requests
  const figures = { cpu: cpuUser + cpuSystem, cpuUser, cpuSystem, rps: requests / counts.seconds }
  return { figures, problem, requests }
}

function toLoad(world: World, one: LoadCase, { url, seconds }: { url: string; seconds: number }): Load {
  const { path = '/x', bodyBytes, tokens, tokenCount, connections = DEFAULT_CONNECTIONS } = one
  return {
    url: `${url}${path}`,
    method: bodyBytes === undefined ? 'GET' : 'POST',
    bodyBytes,
    tokensFile: tokens && world.tokens[tokens].file,
    areCookies: tokens === 'sessions' || tokens === 'storedSessions',
    tokenCount,
    connections,
    seconds,
  }
}

interface Counted {
  readonly requests: number
  readonly refused: number
  readonly socketErrors: number
  readonly expect: 'ok' | 'refused'
}

export function problemOf({ requests, refused, socketErrors, expect }: Counted): string | undefined {
  if (requests === 0) return 'no answer came back'
  if (socketErrors > 0) return `${socketErrors} connections failed, broke or timed out`
  if (expect === 'ok' && refused > 0) return `${refused} of ${requests} answers were 400 or above`
  if (expect === 'refused' && refused < requests) return `${requests - refused} of ${requests} requests were let in`
  return undefined
}
