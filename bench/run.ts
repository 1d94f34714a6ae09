/**
 * `npm run bench`: scenarios in turn, then one report on stdout; progress is on stderr. Fails when a contender breaks or
 * answers what nobody expected, never because of a figure.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { contenderNames } from './contenders.ts'
import { hasWrk } from './load/wrk.ts'
import { type Options, parseOptions, usageText } from './options.ts'
import { endDescendantsOf } from './process-tree.ts'
import { describeMachine } from './report/machine.ts'
import { type Report, toMarkdown } from './report/markdown.ts'
import type { Result } from './report/result.ts'
import { judge } from './report/verdict.ts'
import { toJson, writeReport } from './report/write.ts'
import type { Bench, Scenario } from './scenarios/scenario.ts'
import { scenarioNames, scenarios } from './scenarios/table.ts'
import { startWorld } from './world.ts'

const EXIT_USAGE = 64
const EXIT_INTERRUPTED = 130
const MANY_TOKENS = 20_000
const QUICK_TOKENS = 3_000

async function main(argv: readonly string[]): Promise<number> {
  const known = { scenarios: scenarioNames, contenders: contenderNames }
  const parsed = parseOptions(argv, known)
  if (parsed.kind === 'usage') return refuse(parsed.problem, usageText(known))
  const { options } = parsed
  if (options.settings.load === 'wrk' && !hasWrk()) return refuse('wrk is not installed', usageText(known))
  if (!existsSync(new URL('../dist/main.js', import.meta.url))) return refuse('dist is missing', 'npm run build')
  const report = await runAll(options, ['npm run bench --', ...argv].join(' '))
  process.stdout.write(toMarkdown(report))
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, toJson(report))
  if (options.write) writeReport(report)
  const failures = report.results.flatMap((result) => result.failures)
  for (const failure of failures) say(`failed: ${failure}`)
  return failures.length === 0 ? 0 : 1
}

function refuse(problem: string, help: string): number {
  process.stderr.write(`${problem}\n${help}\n`)
  return EXIT_USAGE
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function runAll({ settings, scenarios: names }: Options, command: string): Promise<Report> {
  if (settings.quick) say('a smoke test: its figures mean nothing')
  say('minting tokens')
  const world = await startWorld({ manyTokens: settings.quick ? QUICK_TOKENS : MANY_TOKENS })
  try {
    const bench: Bench = { world, settings, say }
    const results: Result[] = []
    for (const scenario of scenarios.filter((one) => isChosen(one, names, settings.quick))) {
      say(scenario.name)
      results.push(await scenario.run(bench, scenario))
    }
    const machine = describeMachine(world, settings.load, results)
    const { rounds, seconds } = settings
    return { results, verdicts: judge(results), machine, command, rounds, seconds }
  } finally {
    await world.stop()
  }
}

function isChosen({ name, quick }: Scenario, names: readonly string[] | undefined, isQuick: boolean): boolean {
  return names === undefined ? quick || !isQuick : names.includes(name)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endDescendantsOf(process.pid)
    process.exit(EXIT_INTERRUPTED)
  })
}
process.exitCode = await main(process.argv.slice(2))
