/**
 * `cogate report`: what report mode would have refused at all gates together, from their metrics. Reads nothing of a
 * configuration.
 */
import { findMistake, readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import type { Sample } from './exposition.ts'
import { readExposition } from './exposition.ts'
import { fetchOps, findBadUrls } from './fetch-ops.ts'

const ownFlags = { '--json': 'switch' } as const

interface Share {
  readonly name: string
  readonly requests: number
}

interface RuleReport {
  readonly route: string
  /** All requests of the rule. */
  readonly requests: number
  /** What it would have refused. */
  readonly wouldRefuse: number
  readonly reasons: readonly Share[]
}

export interface Report {
  readonly gates: number
  /** When the gate was started that was started last, in ISO 8601: all counts go back that far at least. */
  readonly since: string | undefined
  readonly requests: number
  readonly wouldRefuse: number
  /** Most first, as all lists. */
  readonly reasons: readonly Share[]
  readonly routes: readonly RuleReport[]
  readonly clients: readonly Share[]
  /** `unknown`: no request was seen. */
  readonly safeToEnforce: 'yes' | 'no' | 'unknown'
}

/** Exit code 0: safe to enforce, 1: not, or unknown; 64: bad usage. Throws FaultError where a listener cannot be read. */
export async function reportCommand(argv: readonly string[], { print, warn }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, ownFlags)
  const mistake = findProblem(rest)
  if (mistake !== undefined) {
    warn(`cogate report: ${mistake}\n`)
    return 64
  }
  const pages = await Promise.all(rest.map((url) => fetchOps(url, 'metrics')))
  const report = writeReport(pages.map(readExposition))
  print(given.has('--json') ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report))
  return report.safeToEnforce === 'yes' ? 0 : 1
}

function findProblem(rest: readonly string[]): string | undefined {
  const flag = rest.find((word) => word.startsWith('-'))
  if (flag !== undefined) return findMistake([flag], ownFlags) ?? `unknown option ${flag}`
  const expected = 'the address of an ops listener, such as http://127.0.0.1:9464'
  const [bad] = findBadUrls(rest)
  return bad === undefined ? (rest.length === 0 ? `expected ${expected}` : undefined) : `${bad}: expected ${expected}`
}

export function writeReport(gates: readonly (readonly Sample[])[]): Report {
  const samples = gates.flat()
  const named = (name: string) => samples.filter((sample) => sample.name === name)
  const reported = named('cogate_reported_total')
  // Endpoints of the gate, and requests that no rule has looked at, are the same in every mode.
  const decisions = named('cogate_decisions_total').filter(({ labels }) => isOfRule(labels['route']))
  const starts = named('process_start_time_seconds').map(({ value }) => value)
  const [requests, wouldRefuse] = [total(decisions), total(reported)]
  return {
    gates: gates.length,
    since: starts.length === 0 ? undefined : new Date(Math.max(...starts) * 1000).toISOString(),
    requests,
    wouldRefuse,
    reasons: share(reported, 'reason'),
    routes: writeRules(decisions, reported),
    clients: share(reported, 'client'),
    safeToEnforce: wouldRefuse > 0 ? 'no' : requests > 0 ? 'yes' : 'unknown',
  }
}

function isOfRule(route: string | undefined): boolean {
  return route !== 'endpoint' && route !== 'none'
}

function writeRules(decisions: readonly Sample[], reported: readonly Sample[]): readonly RuleReport[] {
  const rules = share([...decisions, ...reported], 'route').map(({ name: route }): RuleReport => {
    const own = reported.filter(({ labels }) => labels['route'] === route)
    const all = decisions.filter(({ labels }) => labels['route'] === route)
    return { route, requests: total(all), wouldRefuse: total(own), reasons: share(own, 'reason') }
  })
  return rules.toSorted((left, right) => right.wouldRefuse - left.wouldRefuse || right.requests - left.requests)
}

function share(samples: readonly Sample[], label: string): readonly Share[] {
  const groups = Map.groupBy(samples, ({ labels }) => labels[label] ?? '')
  const shares = [...groups].map(([name, own]) => ({ name, requests: total(own) }))
  return shares.filter(({ requests }) => requests > 0).toSorted((left, right) => right.requests - left.requests)
}

function total(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0)
}

const verdicts: Readonly<Record<Report['safeToEnforce'], string>> = {
  yes: 'Safe to enforce: nothing would have been refused.',
  no: 'Not safe to enforce: those who send these requests would be refused.',
  unknown: 'Unknown: no request was seen.',
}

function renderReport(report: Report): string {
  const { gates, since, requests, wouldRefuse, reasons, routes, clients, safeToEnforce } = report
  const percent = requests === 0 ? 0 : (100 * wouldRefuse) / requests
  return [
    `Report mode would have refused ${count(wouldRefuse)} of ${count(requests)} requests (${percent.toFixed(2)} %)`,
    `at ${gates} ${gates === 1 ? 'gate' : 'gates'}${since === undefined ? '' : `, since ${since} or longer`}`,
    ...section('By reason', reasons.map(renderShare)),
    ...section('By rule', routes.map(renderRule)),
    ...section('By app client', clients.map(renderShare)),
    '',
    verdicts[safeToEnforce],
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function renderShare({ name, requests }: Share): string {
  return `  ${name.padEnd(40)}${count(requests).padStart(12)}`
}

function renderRule({ route, requests, wouldRefuse, reasons }: RuleReport): string {
  const why = reasons.map(({ name, requests }) => `${name} ${count(requests)}`).join(', ')
  const verdict = wouldRefuse === 0 ? `safe, of ${count(requests)}` : `not safe, of ${count(requests)}: ${why}`
  return `${renderShare({ name: route, requests: wouldRefuse })}  ${verdict}`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
