/**
 * Lines over evenly spaced columns, from zero or on a logarithmic scale. Draws medians; spreads are in the tables.
 */
import { colourAt, document, type Frame, line, path, rect, text, ticks } from './svg.ts'

export interface Lines {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly columns: readonly string[]
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly isLogarithmic: boolean
}

interface Scales {
  readonly marks: readonly number[]
  /** Of the nth column. */
  readonly x: (n: number) => number
  readonly y: (figure: number) => number
}

const frame: Frame = { width: 760, height: 380, left: 80, right: 120, top: 66, bottom: 64 }
const floor = frame.height - frame.bottom
const right = frame.width - frame.right
const MARGIN = 30

export function linePlot(plot: Lines): string {
  const { title, xLabel, yLabel, columns, lines } = plot
  const { marks, x, y } = scalesOf(plot)
  return document(frame, title, [
    ...marks.flatMap((mark) => gridLine(y(mark), mark.toLocaleString('en-US'))),
    ...columns.map((column, n) => text(x(n), floor + 20, column, 'text-anchor="middle"')),
    ...lines.map(({ values }, n) =>
      path(
        values.map((value, at) => [x(at), y(value)]),
        colourAt(n),
      ),
    ),
    ...lines.flatMap(({ name }, n) => legend(n, name)),
    line([frame.left, floor], [right, floor], 'axis'),
    text((frame.left + right) / 2, frame.height - 14, xLabel, 'text-anchor="middle"'),
    text(16, 48, yLabel),
  ])
}

function scalesOf({ lines, columns, isLogarithmic }: Lines): Scales {
  const all = lines.flatMap(({ values }) => values)
  const marks = isLogarithmic ? decades(Math.min(...all), Math.max(...all)) : ticks(Math.max(...all) * 1.1)
  const place = (figure: number): number => (isLogarithmic ? Math.log10(figure) : figure)
  const low = place(marks[0] ?? 0)
  const high = place(marks.at(-1) ?? 1)
  const step = (right - frame.left - 2 * MARGIN) / Math.max(1, columns.length - 1)
  return {
    marks,
    x: (n) => frame.left + MARGIN + n * step,
    y: (figure) => frame.top + (floor - frame.top) * (1 - (place(figure) - low) / (high - low)),
  }
}

/** Powers of ten around all figures. */
function decades(lowest: number, highest: number): readonly number[] {
  const from = Math.floor(Math.log10(lowest))
  const to = Math.max(from + 1, Math.ceil(Math.log10(highest)))
  return Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n))
}

function gridLine(y: number, label: string): readonly string[] {
  return [line([frame.left, y], [right, y], 'grid'), text(frame.left - 8, y + 4, label, 'text-anchor="end"')]
}

function legend(n: number, name: string): readonly string[] {
  const y = frame.top + n * 24
  return [rect({ x: right + 6, y, width: 12, height: 12 }, colourAt(n)), text(right + 26, y + 10, name)]
}
