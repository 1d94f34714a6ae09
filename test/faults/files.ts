/** Prints the files of the fault suite, for `npm run test:faults`: those beside this one and those the cases name. */
import { readdirSync } from 'node:fs'
import { readFaultCases } from '../helpers/cases.ts'

const here = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const files = new Set([...here.map((file) => `test/faults/${file}`), ...readFaultCases().map(({ test }) => test)])
process.stdout.write(`${[...files].toSorted().join('\n')}\n`)
