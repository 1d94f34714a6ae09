/**
 * Contenders measured in turn, round by round, each round beginning with another one. Judges statuses and broken
 * connections, never a figure.
 */
import type { Running } from '../contenders/contender.ts'
import type { Column, Result, Row } from '../report/result.ts'
import { rotate } from '../statistics.ts'
import type { Bench, Case, Scenario } from './scenario.ts'
import { type Findings, startAll } from './starting.ts'

export interface Measured {
  readonly figures: Readonly<Record<string, number>>
  /** What nobody expected, in words. */
  readonly problem?: string | undefined
}

export interface Plan<C extends Case> {
  readonly cases: readonly C[]
  readonly columns: readonly Column[]
  readonly notes?: readonly string[]
  /** Default: the settings' own. */
  readonly rounds?: number
  /** Default true, but for a quick run, which looks at no figure. */
  readonly warmUp?: boolean
  readonly measure: (one: C, running: Running, seconds: number) => Promise<Measured>
}

/** One case for each contender, all alike. */
export function casesOf(...contenders: readonly string[]): readonly Case[] {
  return contenders.map((contender) => ({ label: contender, contender }))
}

export async function runRounds<C extends Case>(bench: Bench, scenario: Scenario, plan: Plan<C>): Promise<Result> {
  const found: Findings = { samples: new Map(), missing: new Map(), failures: new Set(), versions: new Map() }
  const cases = plan.cases.filter(({ contender }) => isWanted(bench, contender))
  const running = await startAll(bench, cases, found)
  try {
    await measureAll({ bench, plan, cases, running, found })
  } finally {
    for (const one of new Set(running.values())) await one.stop()
  }
  return toResult(scenario, plan, found)
}

/** cogate is always there: without it there is nothing to compare. */
function isWanted({ settings: { peers } }: Bench, contender: string): boolean {
  return peers === undefined || contender === 'cogate' || peers.includes(contender)
}

interface Measuring<C extends Case> {
  readonly bench: Bench
  readonly plan: Plan<C>
  readonly cases: readonly C[]
  readonly running: ReadonlyMap<Case, Running>
  readonly found: Findings
}

async function measureAll<C extends Case>(measuring: Measuring<C>): Promise<void> {
  const { plan, cases, found } = measuring
  const { settings, say } = measuring.bench
  if ((plan.warmUp ?? true) && !settings.quick) {
    for (const one of cases) await measureOne(measuring, one, settings.warmUpSeconds)
  }
  const rounds = plan.rounds ?? settings.rounds
  for (let round = 0; round < rounds; round++) {
    say(`  round ${round + 1} of ${rounds}`)
    for (const one of rotate(cases, round)) {
      addSample(found, one, await measureOne(measuring, one, settings.seconds))
    }
  }
}

/** No figures when the contender is not running or broke. */
async function measureOne<C extends Case>(
  { plan, running, found }: Measuring<C>,
  one: C,
  seconds: number,
): Promise<Measured['figures']> {
  const started = running.get(one)
  if (started === undefined) return {}
  try {
    const { figures, problem } = await plan.measure(one, started, seconds)
    if (problem !== undefined) found.failures.add(`${one.label}: ${problem}`)
    return figures
  } catch (error) {
    found.failures.add(`${one.label}: ${error instanceof Error ? error.message : String(error)}`)
    return {}
  }
}

function addSample({ samples }: Findings, one: Case, figures: Measured['figures']): void {
  const own = samples.get(one) ?? {}
  for (const [key, figure] of Object.entries(figures)) own[key] = [...(own[key] ?? []), figure]
  if (Object.keys(own).length > 0) samples.set(one, own)
}

function toResult<C extends Case>({ name, title }: Scenario, plan: Plan<C>, found: Findings): Result {
  const rows = plan.cases.flatMap((one): readonly Row[] => {
    const samples = found.samples.get(one)
    return samples === undefined ? [] : [{ label: one.label, contender: one.contender, x: one.x, samples }]
  })
  return {
    scenario: name,
    title,
    columns: plan.columns,
    rows,
    missing: [...found.missing].map(([contender, why]) => ({ contender, why })),
    failures: [...found.failures].map((failure) => `${name}: ${failure}`),
    versions: Object.fromEntries(found.versions),
    notes: plan.notes ?? [],
  }
}
