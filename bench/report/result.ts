/**
 * What a scenario found: rows of samples, one sample a round, and what was missing or went wrong. Holds raw figures;
 * medians are taken where they are shown.
 */
import { median } from '../statistics.ts'

export interface Row {
  readonly label: string
  readonly contender: string
  /** Where a plot draws the row, when the rows are a series. */
  readonly x?: number | undefined
  readonly samples: Readonly<Record<string, readonly number[]>>
}

export interface Column {
  readonly head: string
  /** Of the samples. */
  readonly key: string
  readonly digits: number
  /** Show least and greatest beside the median. */
  readonly spread?: boolean
  /** Show the median against that of another row instead. */
  readonly against?: { readonly label: string; readonly how: 'ratio' | 'difference' }
}

export interface Result {
  readonly scenario: string
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly missing: readonly { readonly contender: string; readonly why: string }[]
  /** Statuses nobody expected, broken connections, gates that do not gate. */
  readonly failures: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

/** Undefined when it was not measured. */
export function medianOf(result: Result | undefined, label: string, key: string): number | undefined {
  const samples = result?.rows.find((row) => row.label === label)?.samples[key]
  return samples === undefined || samples.length === 0 ? undefined : median(samples)
}
