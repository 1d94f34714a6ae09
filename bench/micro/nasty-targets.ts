/**
 * The request targets whose readings cost most, of 400,000 that we tried: spellings in which every habit of a server meets
 * the others. Past 64 readings or 10 KiB of them the target is refused, so a longer one costs no more.
 */
import { readingsOf } from '../../src/decide/readings/readings.ts'
import type { MicroCase } from './measure.ts'

const targets = [
  ['\\.%EF%BC%8E%E2%80%A4%252e%252e%252f', 980],
  ['%252e%2f%2f./', 980],
  ['./%5c%EF%BC%8E', 980],
  ['%2525%3f%20/%5c;%2525%EF%BC%85', 980],
  ['a%5c%2525%2525%E2%80%A4%2525a', 290],
  ['%252e%EF%BC%8F/\\%252f', 290],
  ['%20/%252f%20%00%EF%BC%85%3f./', 290],
  ['%25', 8190],
  ['%EF%B7%BA', 8190],
  ['.%20', 8190],
] as const

export const nastyTargetCases: readonly MicroCase[] = targets.map(([unit, characters]) => {
  const url = `/${unit.repeat(characters / unit.length)}`
  const count = readingsOf(url, new Set())?.length ?? 'too many'
  return {
    name: `readings of \`${url.slice(0, 24)}…\`, ${url.length} B: ${count}`,
    call: () => readingsOf(url, new Set()),
  }
})
