/**
 * `npm run suites`: counts what the suites hold and what is judged, prints the tables and writes them between their
 * markers in docs/security.md; with `--check` it only says whether the page is stale. The suites themselves fail when
 * a difference is not judged, or a judged one is gone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Judgement, readCaseLines, readJudgements } from '../helpers/judged.ts'
import { cacheTestCount, exchangesOfPeers } from '../helpers/suite-facts.ts'

interface Suite {
  readonly name: string
  readonly cases: number
  readonly differing: number
  readonly test: string
  /** Empty where each row carries its own judgement. */
  readonly judgements: readonly Judgement[]
}

const page = fileURLToPath(new URL('../../docs/security.md', import.meta.url))
const markers = { begin: '<!-- suites -->', end: '<!-- /suites -->' }

/** Of rows that are our own: one that expects what cogate does not do says why. */
function ownSuite(name: string, file: string, test: string): Suite {
  const rows = readCaseLines<{ readonly cogate?: unknown }>(file)
  return { name, cases: rows.length, differing: rows.filter(({ cogate }) => cogate).length, test, judgements: [] }
}

function judgedSuite(name: string, cases: number, { test, file }: { test: string; file: string }): Suite {
  const judgements = readJudgements(`${file}-differences.json`)
  return { name, cases, differing: judgements.flatMap((judgement) => judgement.cases).length, test, judgements }
}

function countLines(...files: readonly string[]): number {
  return files.reduce((sum, file) => sum + readCaseLines(file).length, 0)
}

function readSuites(): readonly Suite[] {
  const [gunicorn, raw] = ['gunicorn-requests.jsonl', 'raw-http.jsonl'] as const
  const [jws, jwk] = ['wycheproof-jws', 'wycheproof-jwk'] as const
  const wycheproof = 'test/security/wycheproof.test.ts'
  const peers = { name: 'WebSocket peers: ws, wsproto', cases: exchangesOfPeers.length * 2 + 1 }
  return [
    ownSuite('Raw requests, our own', raw, 'test/security/raw-http-cases.test.ts'),
    ownSuite('Tokens, our own', 'jwt.jsonl', 'test/security/jwt-*-cases.test.ts'),
    judgedSuite('Requests of gunicorn', countLines(gunicorn), {
      test: 'test/security/gunicorn-requests.test.ts',
      file: 'gunicorn',
    }),
    judgedSuite('Wycheproof, signatures', countLines(`${jws}.jsonl`), { test: wycheproof, file: jws }),
    judgedSuite('Wycheproof, key sets', countLines(`${jwk}.jsonl`), { test: wycheproof, file: jwk }),
    judgedSuite('HAProxy 2.6 beside the gate', countLines(raw, gunicorn), {
      test: 'test/interop/haproxy.test.ts',
      file: 'haproxy',
    }),
    judgedSuite('http-cache-tests, public and with a token', cacheTestCount * 2, {
      test: 'test/interop/cache-tests.test.ts',
      file: 'cache-tests',
    }),
    { ...peers, differing: 0, test: 'test/interop/websocket-peers.test.ts', judgements: [] },
  ]
}

export function renderSuites(suites: readonly Suite[] = readSuites()): string {
  const counts = suites.map(({ name, cases, differing, test }) =>
    row(name, cases, cases - differing, differing, `\`${test}\``),
  )
  const judged = suites.flatMap(({ name, judgements }) =>
    judgements.map(({ differs, because, cases }) => row(name, cases.length, differs, because)),
  )
  return [
    row('suite', 'cases', 'as expected', 'differences judged', 'test'),
    row('---', '---', '---', '---', '---'),
    ...counts,
    '',
    row('suite', 'cases', 'what differs', 'judgement'),
    row('---', '---', '---', '---'),
    ...judged,
  ].join('\n')
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Throws when the page has no markers. */
export function insertSuites(text: string, tables: string): string {
  const begin = text.indexOf(markers.begin)
  const end = text.indexOf(markers.end)
  if (begin === -1 || end < begin) throw new Error(`docs/security.md has no ${markers.begin} … ${markers.end}`)
  return `${text.slice(0, begin + markers.begin.length)}\n\n${tables}\n\n${text.slice(end)}`
}

function main(argv: readonly string[]): void {
  const tables = renderSuites()
  const current = readFileSync(page, 'utf8')
  const wanted = insertSuites(current, tables)
  if (!argv.includes('--check')) {
    console.log(tables)
    writeFileSync(page, wanted)
  } else if (wanted !== current) {
    console.error('docs/security.md is stale: run npm run suites')
    process.exitCode = 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
