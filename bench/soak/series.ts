/**
 * Figures over time: first, median, last, slope. Arithmetic only; never drops a sample.
 */
import { median } from '../statistics.ts'

export interface Sample {
  readonly atMs: number
  readonly value: number
}

export interface Trend {
  readonly first: number
  readonly median: number
  readonly last: number
  readonly max: number
  /** Least squares; zero for fewer than two samples. */
  readonly slopePerHour: number
  /** Of the lowest samples, one a window: what garbage collection leaves, without its saw. */
  readonly floorSlopePerHour: number
}

const hourMs = 3_600_000
/** Longer than a garbage collector that has little to do takes for a round. */
const floorWindowMs = 3 * 60_000

/** Of the samples from `sinceMs` on. */
export function trendOf(samples: readonly Sample[], sinceMs = 0): Trend {
  const own = samples.filter(({ atMs }) => atMs >= sinceMs)
  const values = own.map(({ value }) => value)
  return {
    first: values[0] ?? Number.NaN,
    median: median(values),
    last: values.at(-1) ?? Number.NaN,
    max: Math.max(...values),
    slopePerHour: slopeOf(own) * hourMs,
    floorSlopePerHour: slopeOf(floorOf(own)) * hourMs,
  }
}

function floorOf(samples: readonly Sample[]): readonly Sample[] {
  const lowest = new Map<number, Sample>()
  for (const sample of samples) {
    const window = Math.floor(sample.atMs / floorWindowMs)
    const known = lowest.get(window)
    if (known === undefined || sample.value < known.value) lowest.set(window, sample)
  }
  return [...lowest.values()]
}

/** Per millisecond. */
function slopeOf(samples: readonly Sample[]): number {
  const meanAt = mean(samples.map(({ atMs }) => atMs))
  const meanValue = mean(samples.map(({ value }) => value))
  let together = 0
  let spread = 0
  for (const { atMs, value } of samples) {
    together += (atMs - meanAt) * (value - meanValue)
    spread += (atMs - meanAt) ** 2
  }
  return spread === 0 ? 0 : together / spread
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What a process does before it is in its stride: caches fill, code is compiled. */
export function warmUpMs(durationMs: number): number {
  return Math.min(5 * 60_000, durationMs / 3)
}
