/**
 * `npm run soak`: a real gate under steady load with everything that goes wrong in its life, for as long as told. Ends
 * with 1 when something was seen that must not be; never mends or excuses a figure.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readOptions } from './options.ts'
import { summaryOf } from './report.ts'
import { runSoak } from './soak.ts'

const loadCore = 1
const resultFolder = new URL('../results/', import.meta.url)

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv)
  // Everything but the gate, threads included, keeps off the gate's core. Without taskset they share.
  spawnSync('taskset', ['-acp', String(loadCore), String(process.pid)], { stdio: 'ignore' })
  const report = await runSoak(options)
  const summary = summaryOf(report)
  console.log(`\n${summary}`)
  if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`)
  if (options.write) {
    mkdirSync(resultFolder, { recursive: true })
    writeFileSync(new URL('soak.txt', resultFolder), summary)
  }
  return report.faults.length === 0 ? 0 : 1
}

// The gate goes with its soak, however that ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  console.error(`soak: ${(error as Error).message}`)
  process.exit(1)
}
