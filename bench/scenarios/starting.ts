/**
 * Contenders started once for each way a scenario wants them, and made to show that they gate. One that does not is a
 * failure of the run and is never measured.
 */
import type { Running } from '../contenders/contender.ts'
import { contenderNamed } from '../contenders.ts'
import { findGap } from '../proof.ts'
import type { Bench, Case } from './scenario.ts'

/** What is collected while the scenario runs. */
export interface Findings {
  readonly samples: Map<Case, Record<string, number[]>>
  readonly missing: Map<string, string>
  readonly failures: Set<string>
  readonly versions: Map<string, string>
}

export async function startAll(bench: Bench, cases: readonly Case[], found: Findings): Promise<Map<Case, Running>> {
  const byKey = new Map<string, Running>()
  const running = new Map<Case, Running>()
  for (const one of cases) {
    const key = `${one.contender} ${JSON.stringify(one.variant ?? {})}`
    const started = byKey.get(key) ?? (await startOne(bench, one, found))
    if (started === undefined) continue
    byKey.set(key, started)
    running.set(one, started)
  }
  return running
}

async function startOne(
  bench: Bench,
  { contender: name, variant = {} }: Case,
  found: Findings,
): Promise<Running | undefined> {
  if (found.missing.has(name)) return undefined
  const contender = contenderNamed(name)
  try {
    const started = await contender.start(bench.world, variant)
    if (started.kind === 'missing') {
      found.missing.set(name, started.why)
      return undefined
    }
    found.versions.set(name, started.version)
    const gap = contender.gates ? await findGap(started, bench.world) : undefined
    if (gap === undefined) return started
    await started.stop()
    found.failures.add(`${name} does not gate: it ${gap}`)
  } catch (error) {
    found.failures.add(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`)
  }
  return undefined
}
