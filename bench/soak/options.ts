/**
 * What `npm run soak` may be told. Anything else is an error, with the way to write it.
 */
import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly durationMs: number
  /** Share of the calibrated capacity, above 0 and at most 1. */
  readonly rate: number
  readonly jsonFile: string | undefined
  /** Also written to bench/results/soak.txt. */
  readonly write: boolean
}

const usage = 'npm run soak [-- --minutes 30 --rate 0.3 --json FILE --write]'

export function readOptions(argv: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '0.3' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  })
  const minutes = Number(values.minutes)
  const rate = Number(values.rate)
  if (!(minutes >= 1)) throw new RangeError(`--minutes is a number from 1 on: ${usage}`)
  if (!(rate > 0 && rate <= 1)) throw new RangeError(`--rate is a share of the capacity, such as 0.3: ${usage}`)
  return { durationMs: minutes * 60_000, rate, jsonFile: values.json, write: values.write }
}
