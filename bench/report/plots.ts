/**
 * The plots of a run: CPU per contender, latency percentiles, CPU against connections, tokens and routes. What was not
 * measured is not drawn.
 */
import { barPlot } from './bar-plot.ts'
import { linePlot } from './line-plot.ts'
import { medianOf, type Result } from './result.ts'

export interface Plot {
  readonly file: string
  readonly svg: string
}

export function plotsOf(results: readonly Result[]): readonly Plot[] {
  const named = (name: string): Result | undefined => results.find(({ scenario }) => scenario === name)
  const plots: readonly (readonly [string, string | undefined])[] = [
    ['cpu.svg', cpuPlot(named('hot'))],
    ['latency.svg', latencyPlot(named('latency'))],
    ['connections.svg', seriesPlot(named('connections'), 'connections')],
    ['tokens.svg', seriesPlot(named('tokens'), 'tokens in rotation')],
    ['routes.svg', seriesPlot(named('routes'), 'rules')],
  ]
  return plots.flatMap(([file, svg]) => (svg === undefined ? [] : [{ file, svg }]))
}

function cpuPlot(result: Result | undefined): string | undefined {
  if (result === undefined || result.rows.length === 0) return undefined
  return barPlot({
    title: 'CPU per request, hot tokens',
    xLabel: 'CPU µs per request of the process tree; shorter is better',
    parts: ['user', 'system'],
    bars: result.rows.map(({ label }) => ({
      label,
      values: ['cpuUser', 'cpuSystem'].map((key) => medianOf(result, label, key) ?? 0),
    })),
  })
}

const percentiles = { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9' } as const

function latencyPlot(result: Result | undefined): string | undefined {
  if (result === undefined || result.rows.length === 0) return undefined
  return linePlot({
    title: 'Latency at 2,000 requests/s',
    xLabel: 'percentile of all requests',
    yLabel: 'µs from the moment a request was due; logarithmic',
    columns: Object.values(percentiles),
    lines: result.rows.map(({ label }) => ({
      name: label,
      values: Object.keys(percentiles).map((key) => medianOf(result, label, key) ?? 1),
    })),
    isLogarithmic: true,
  })
}

function seriesPlot(result: Result | undefined, xLabel: string): string | undefined {
  if (result === undefined || result.rows.length === 0) return undefined
  const contenders = [...new Set(result.rows.map(({ contender }) => contender))]
  const columns = [...new Set(result.rows.map(({ x }) => (x ?? 0).toLocaleString('en-US')))]
  return linePlot({
    title: `CPU per request against ${xLabel}`,
    xLabel,
    yLabel: 'CPU µs per request',
    columns,
    lines: contenders.map((name) => ({
      name,
      values: result.rows
        .filter(({ contender }) => contender === name)
        .map(({ label }) => medianOf(result, label, 'cpu') ?? 0),
    })),
    isLogarithmic: false,
  })
}
