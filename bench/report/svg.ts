/**
 * Pieces of a plot as SVG text, readable on light and dark pages. Knows nothing of benchmarks.
 */

export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Colours that most colour-blind readers tell apart, on white and on black. */
const colours = ['#3a86c8', '#e08e0b', '#159a73', '#c4699b', '#8a8f98'] as const

export function colourAt(n: number): string {
  return colours[n % colours.length] ?? colours[0]
}

const style = `text{font:13px system-ui,sans-serif;fill:#656d76}.title{font-weight:600;font-size:15px}
.grid{stroke:#8a8f98;stroke-opacity:.3}.axis{stroke:#8a8f98}
@media(prefers-color-scheme:dark){text{fill:#c9d1d9}}`

export function document({ width, height }: Frame, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
${text(16, 24, title, 'class="title"')}
${parts.join('\n')}
</svg>
`
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`
}

export function line(from: readonly [number, number], to: readonly [number, number], kind: 'grid' | 'axis'): string {
  const [x1, y1] = from.map(round)
  const [x2, y2] = to.map(round)
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function rect({ x, y, width, height }: Box, fill: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`
}

/** A line through points, with a dot on each. */
export function path(points: readonly (readonly [number, number])[], colour: string): string {
  const to = points.map(([x, y]) => `${round(x)},${round(y)}`)
  const dots = points.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="${colour}"/>`)
  return `<polyline points="${to.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`
}

/** Round figures from zero to at least `highest`, about five of them. */
export function ticks(highest: number): readonly number[] {
  const rough = highest / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, n) => n * step)
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
