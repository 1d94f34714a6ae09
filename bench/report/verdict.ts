/**
 * The targets beside what a run measured. Every figure comes from medians of that run; what was not measured stays open.
 */
import { medianOf, type Result } from './result.ts'
import { type Figures, type Target, targets } from './targets.ts'

export interface Verdict {
  readonly target: Target
  readonly measured: number | undefined
  readonly met: 'aim' | 'must' | 'no' | 'not measured'
}

export function judge(results: readonly Result[], all: readonly Target[] = targets): readonly Verdict[] {
  const figures: Figures = (scenario, label, key) =>
    medianOf(
      results.find((result) => result.scenario === scenario),
      label,
      key,
    )
  return all.map((target) => {
    const measured = target.measure(figures)
    return { target, measured, met: verdictOf(target, measured) }
  })
}

function verdictOf({ bound, must, aim }: Target, measured: number | undefined): Verdict['met'] {
  if (measured === undefined || Number.isNaN(measured)) return 'not measured'
  const reaches = (limit: number): boolean => (bound === 'most' ? measured <= limit : measured >= limit)
  if (reaches(aim ?? must)) return 'aim'
  return reaches(must) ? 'must' : 'no'
}
