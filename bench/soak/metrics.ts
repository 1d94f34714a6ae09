/**
 * The gate's /metrics as numbers. Reads the text format and sums over labels; knows nothing of what a figure means.
 */

export interface Metric {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g

export function parseMetrics(text: string): readonly Metric[] {
  return text.split('\n').flatMap((each) => {
    const [, name, labels = '', value] = line.exec(each) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(label)].map(([, key = '', content = '']) => [key, content] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

/** Over every set of labels; zero when there is none. */
export function total(metrics: readonly Metric[], name: string): number {
  return metrics.filter((metric) => metric.name === name).reduce((sum, { value }) => sum + value, 0)
}

/** By the value of one label, over all others. */
export function totalsBy(metrics: readonly Metric[], name: string, key: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const metric of metrics) {
    if (metric.name !== name) continue
    const group = metric.labels[key] ?? ''
    sums[group] = (sums[group] ?? 0) + metric.value
  }
  return sums
}
