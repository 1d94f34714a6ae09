/**
 * Figures of several rounds as one: median, spread, percentiles. Never drops an outlier.
 */

/** NaN of no figures. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5)
}

/** Between two figures the value is interpolated; NaN of no figures. `share` is 0 to 1. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = Float64Array.from(figures).sort()
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(figures: readonly number[]): Spread {
  return { median: median(figures), min: Math.min(...figures), max: Math.max(...figures) }
}

/** `from` moved to the front, so that every contender begins as often as any other. */
export function rotate<T>(items: readonly T[], from: number): readonly T[] {
  const at = items.length === 0 ? 0 : from % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
