/**
 * Stacked bars side by side, one a row. Draws the order it is given.
 */
import { colourAt, document, type Frame, line, rect, text, ticks } from './svg.ts'

export interface Bars {
  readonly title: string
  readonly xLabel: string
  /** What a bar is made of, from the left. */
  readonly parts: readonly string[]
  readonly bars: readonly Bar[]
}

interface Bar {
  readonly label: string
  /** One for each part. */
  readonly values: readonly number[]
}

const BAR = 22
const GAP = 12

export function barPlot({ title, xLabel, parts, bars }: Bars): string {
  const height = 104 + bars.length * (BAR + GAP)
  const frame: Frame = { width: 760, height, left: 140, right: 60, top: 56, bottom: 48 }
  const marks = ticks(Math.max(...bars.map(totalOf)))
  const scale = (frame.width - frame.left - frame.right) / (marks.at(-1) ?? 1)
  return document(frame, title, [
    ...marks.flatMap((mark) => gridLine(frame, frame.left + mark * scale, String(mark))),
    ...bars.flatMap((bar, n) => drawBar({ bar, scale, left: frame.left, y: frame.top + n * (BAR + GAP) })),
    ...legend(parts, { x: frame.width - 190, y: 24 }),
    text(frame.left, height - 10, xLabel),
  ])
}

function totalOf({ values }: Bar): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function gridLine({ top, height, bottom }: Frame, x: number, label: string): readonly string[] {
  const floor = height - bottom
  return [line([x, top - 8], [x, floor], 'grid'), text(x, floor + 18, label, 'text-anchor="middle"')]
}

interface Drawing {
  readonly bar: Bar
  readonly scale: number
  readonly left: number
  readonly y: number
}

function drawBar({ bar, scale, left, y }: Drawing): readonly string[] {
  let x = left
  const parts = bar.values.map((value, n) => {
    const part = rect({ x, y, width: value * scale, height: BAR }, colourAt(n))
    x += value * scale
    return part
  })
  const label = text(left - 10, y + 16, bar.label, 'text-anchor="end"')
  return [label, ...parts, text(x + 6, y + 16, totalOf(bar).toFixed(1))]
}

function legend(names: readonly string[], at: { readonly x: number; readonly y: number }): readonly string[] {
  return names.flatMap((name, n) => {
    const x = at.x + n * 90
    return [rect({ x, y: at.y - 11, width: 12, height: 12 }, colourAt(n)), text(x + 18, at.y, name)]
  })
}
