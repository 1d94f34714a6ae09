/**
 * `npm run fuzz`: every fuzzer for its share of the time. Ends with 1 when one of them found something; what was found
 * lies in test/fuzz/failures, and the test of the corpus fails until it is mended.
 */
import { randomInt } from 'node:crypto'
import type { Result } from './campaign.ts'
import { runCampaign } from './campaign.ts'
import { fuzzers } from './fuzzers.ts'
import { addToCorpus, readCorpus, readFailure, writeFailure } from './kept-cases.ts'
import type { Options } from './options.ts'
import { readOptions, usageText } from './options.ts'
import { renderTable } from './report.ts'

const badUsage = 64
const names = fuzzers.map(({ name }) => name)

async function main(argv: readonly string[]): Promise<number> {
  const options = settingsOf(argv)
  if (options === undefined) return badUsage
  if (options.replay !== undefined) return replay(options.replay)
  const results = await runAll(options)
  console.log(`\n${renderTable(results)}\n\nseed ${options.seed}, ${options.minutes} min`)
  return results.every(({ failure }) => failure === undefined) ? 0 : 1
}

function settingsOf(argv: readonly string[]): Options | undefined {
  try {
    return readOptions(argv, names, () => randomInt(2 ** 31))
  } catch (error) {
    console.error(`fuzz: ${(error as Error).message}\n${usageText(names)}`)
    return undefined
  }
}

async function runAll({ minutes, seed, lanes, only, collect }: Options): Promise<readonly Result[]> {
  const startedAt = performance.now()
  const shareMs = (minutes * 60_000) / only.length
  const chosen = fuzzers.filter(({ name }) => only.includes(name))
  const results: Result[] = []
  for (const fuzzer of chosen) {
    // Time that one of them leaves is the next one's.
    const endsAt = startedAt + shareMs * (results.length + 1)
    const watch = collect ? collectInto(fuzzer.name) : () => undefined
    const result = await runCampaign(fuzzer, { seed, endsAt, now: () => performance.now(), watch, lanes })
    results.push(result)
    tell(result, seed)
  }
  return results
}

/** The first case of every outcome that the corpus does not know. */
function collectInto(fuzzer: string): (candidate: unknown, outcome: string) => void {
  const known = new Set(readCorpus(fuzzer).map(({ outcome }) => outcome))
  return (candidate, outcome) => {
    if (known.has(outcome)) return
    known.add(outcome)
    addToCorpus(fuzzer, { outcome, case: candidate })
  }
}

function tell({ name, cases, seconds, failure }: Result, seed: number): void {
  console.log(`${name}: ${cases} cases in ${seconds.toFixed(1)} s`)
  if (failure === undefined) return
  const file = writeFailure({ fuzzer: name, ...failure })
  console.log(`  ${failure.problem}\n  kept in ${file}`)
  console.log(`  once more: npm run fuzz -- --replay ${file}`)
  console.log(`  all of it: npm run fuzz -- --only ${name} --seed ${seed}`)
}

async function replay(file: string): Promise<number> {
  const kept = readFailure(file)
  const fuzzer = fuzzers.find(({ name }) => name === kept.fuzzer)
  if (fuzzer === undefined) throw new Error(`there is no fuzzer ${kept.fuzzer}`)
  const [outcome = ''] = await fuzzer.replay([kept.case])
  console.log(`${fuzzer.name}: ${outcome}`)
  return outcome.startsWith('failed: ') ? 1 : 0
}

process.exit(await main(process.argv.slice(2)))
