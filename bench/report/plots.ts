/**
 * The plots of a run: CPU per contender, latency percentiles, CPU against connections, tokens and routes. What was not
 * measured is not drawn.
 */
import { medianOf, type Result } from './result.ts'
import { colourAt, document, type Frame, line, path, rect, text, ticks } from './svg.ts'

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

const BAR = 22
const GAP = 12

function cpuPlot(result: Result | undefined): string | undefined {
  if (result === undefined || result.rows.length === 0) return undefined
  const bars = result.rows.map(({ label }) => ({
    label,
    user: medianOf(result, label, 'cpuUser') ?? 0,
    system: medianOf(result, label, 'cpuSystem') ?? 0,
  }))
  const height = 104 + bars.length * (BAR + GAP)
  const frame: Frame = { width: 760, height, left: 140, right: 60, top: 56, bottom: 48 }
  const marks = ticks(Math.max(...bars.map(({ user, system }) => user + system)))
  const scale = (frame.width - frame.left - frame.right) / (marks.at(-1) ?? 1)
  const floor = height - frame.bottom
  const grid = marks.flatMap((mark) => {
    const x = frame.left + mark * scale
    return [line([x, frame.top - 8], [x, floor], 'grid'), text(x, floor + 18, String(mark), 'text-anchor="middle"')]
  })
  const drawn = bars.flatMap(({ label, user, system }, n) => {
    const y = frame.top + n * (BAR + GAP)
    const end = frame.left + (user + system) * scale
    return [
      text(frame.left - 10, y + 16, label, 'text-anchor="end"'),
      rect({ x: frame.left, y, width: user * scale, height: BAR }, colourAt(0)),
      rect({ x: frame.left + user * scale, y, width: system * scale, height: BAR }, colourAt(1)),
      text(end + 6, y + 16, (user + system).toFixed(1)),
    ]
  })
  const legend = legendOf(['user', 'system'], { x: frame.width - 190, y: 24 })
  const axis = text(frame.left, height - 10, 'CPU µs per request of the process tree; shorter is better')
  return document(frame, 'CPU per request, hot tokens', [...grid, ...drawn, ...legend, axis])
}

function legendOf(names: readonly string[], at: { readonly x: number; readonly y: number }): readonly string[] {
  return names.flatMap((name, n) => {
    const x = at.x + n * 90
    return [rect({ x, y: at.y - 11, width: 12, height: 12 }, colourAt(n)), text(x + 18, at.y, name)]
  })
}

interface Lines {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** Evenly spaced, in this order. */
  readonly columns: readonly string[]
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly isLogarithmic: boolean
}

function linePlot({ title, xLabel, yLabel, columns, lines, isLogarithmic }: Lines): string {
  const frame: Frame = { width: 760, height: 380, left: 80, right: 120, top: 66, bottom: 64 }
  const all = lines.flatMap(({ values }) => values)
  const marks = isLogarithmic ? decades(Math.min(...all), Math.max(...all)) : ticks(Math.max(...all) * 1.1)
  const place = (figure: number): number => (isLogarithmic ? Math.log10(figure) : figure)
  const low = place(marks[0] ?? 0)
  const high = place(marks.at(-1) ?? 1)
  const inner = frame.height - frame.top - frame.bottom
  const x = (n: number): number =>
    frame.left + 30 + (n * (frame.width - frame.left - frame.right - 60)) / Math.max(1, columns.length - 1)
  const y = (figure: number): number => frame.top + inner * (1 - (place(figure) - low) / (high - low))
  const floor = frame.height - frame.bottom
  const right = frame.width - frame.right
  const grid = marks.flatMap((mark) => [
    line([frame.left, y(mark)], [right, y(mark)], 'grid'),
    text(frame.left - 8, y(mark) + 4, mark.toLocaleString('en-US'), 'text-anchor="end"'),
  ])
  const under = columns.map((column, n) => text(x(n), floor + 20, column, 'text-anchor="middle"'))
  const drawn = lines.map(({ values }, n) =>
    path(
      values.map((value, at) => [x(at), y(value)]),
      colourAt(n),
    ),
  )
  const names = lines.map(({ name }, n) => text(right + 26, frame.top + 10 + n * 24, name))
  const keys = lines.map((_, n) => rect({ x: right + 6, y: frame.top + n * 24, width: 12, height: 12 }, colourAt(n)))
  const axes = [
    line([frame.left, floor], [right, floor], 'axis'),
    text((frame.left + right) / 2, frame.height - 14, xLabel, 'text-anchor="middle"'),
    text(16, 48, yLabel),
  ]
  return document(frame, title, [...grid, ...under, ...drawn, ...names, ...keys, ...axes])
}

/** Powers of ten around all figures. */
function decades(lowest: number, highest: number): readonly number[] {
  const from = Math.floor(Math.log10(lowest))
  const to = Math.max(from + 1, Math.ceil(Math.log10(highest)))
  return Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n))
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
  return linePlot({
    title: `CPU per request against ${xLabel}`,
    xLabel,
    yLabel: 'CPU µs per request',
    columns: result.rows.map(({ x }) => (x ?? 0).toLocaleString('en-US')),
    lines: [{ name: 'cogate', values: result.rows.map(({ label }) => medianOf(result, label, 'cpu') ?? 0) }],
    isLogarithmic: false,
  })
}
