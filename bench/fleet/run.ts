/**
 * `npm run bench:fleet`: how many key fetches a fleet of pods causes, in a table. `-- --pods 1000` for another size, `--seed 2`
 * for other chances. Nothing is fetched and no time passes.
 */
import { parseArgs } from 'node:util'
import { createRandom } from './random.ts'
import { runScenario, scenarios } from './scenarios.ts'

const { values } = parseArgs({
  options: { pods: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
})
const pods = Number(values.pods)
if (!Number.isInteger(pods) || pods < 1) throw new RangeError('--pods is a number from 1 on')
const random = createRandom(Number(values.seed))

console.log(`${pods} pods\n\n| what happens | most fetches in a second | fetches | all know the new key after |`)
console.log('|---|---:|---:|---:|')
for (const scenario of scenarios) {
  const { name, peakPerSecond, total, knownAfterMs } = await runScenario(scenario, pods, random)
  const known = knownAfterMs === undefined ? '' : `${(knownAfterMs / 1000).toFixed(0)} s`
  console.log(`| ${name} | ${peakPerSecond} | ${total} | ${known} |`)
}
