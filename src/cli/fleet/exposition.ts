/** Reads the Prometheus text format as far as cogate writes it: names, labels and numbers. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** What is no sample is left out. */
export function readExposition(text: string): readonly Sample[] {
  return text.split('\n').flatMap((one) => {
    const [, name, labels = '', value] = line.exec(one) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(label)].map(({ 1: key = '', 2: escaped = '' }) => [key, plain(escaped)] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

function plain(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
