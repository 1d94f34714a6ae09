/**
 * `npm run suites`: counts what the suites hold and what is judged, prints the tables and writes them between their
 * markers in docs/security.md; with `--check` it only says whether the page is stale. The suites themselves fail when
 * a difference is not judged, or a judged one is gone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Judgement, readCaseLines, readJudgements } from '../helpers/judged.ts'
import { keyForms } from '../helpers/key-forms.ts'
import { otherCaseCounts } from '../helpers/other-cases.ts'
import { paddingForms } from '../helpers/padding-forms.ts'
import { algorithmForms, numberForms, textForms } from '../helpers/signature-forms.ts'
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

/** Of a table in the code: a form that is not judged as the RFCs ask says why. */
function formSuite(name: string, forms: readonly { readonly because?: string }[], test: string): Suite {
  const judged = Map.groupBy(
    forms.flatMap(({ because }) => because ?? []),
    (because) => because,
  )
  const judgements = [...judged].map(([because, cases]) => ({ differs: 'refused or accepted', because, cases }))
  return { name, cases: forms.length, differing: forms.filter(({ because }) => because).length, test, judgements }
}

const notHere = 'where they lie beside the checkout'

function readSuites(): readonly Suite[] {
  const [raw, forms, requestTest] = ['raw-http.jsonl', 'request-forms.jsonl', 'test/security/request-forms.test.ts']
  const [signatureTest, others] = ['test/security/signature-forms.test.ts', otherCaseCounts]
  const signatures = [...textForms, ...numberForms, ...paddingForms, ...algorithmForms]
  const peers = { name: 'WebSocket peers: ws, wsproto', cases: exchangesOfPeers.length * 2 + 1 }
  return [
    ownSuite('Raw requests, our own', raw, 'test/security/raw-http-cases.test.ts'),
    ownSuite('Forms of requests, our own', forms, requestTest),
    ownSuite('Raw answers, our own', 'raw-answers.jsonl', 'test/security/raw-answers.test.ts'),
    ownSuite('Tokens, our own', 'jwt.jsonl', 'test/security/jwt-*-cases.test.ts'),
    formSuite('Signatures, our own', signatures, signatureTest),
    formSuite('Key sets, our own', keyForms, signatureTest),
    judgedSuite(`Requests of gunicorn, ${notHere}`, others['gunicorn-requests.jsonl'], {
      test: requestTest,
      file: 'other-requests',
    }),
    judgedSuite(`Wycheproof, signatures, ${notHere}`, others['wycheproof-jws.jsonl'], {
      test: signatureTest,
      file: 'other-signatures',
    }),
    judgedSuite(`Wycheproof, key sets, ${notHere}`, others['wycheproof-jwk.jsonl'], {
      test: signatureTest,
      file: 'other-key-sets',
    }),
    judgedSuite('HAProxy 2.6 beside the gate', countLines(raw, forms), {
      test: 'test/interop/haproxy.test.ts',
      file: 'haproxy',
    }),
    judgedSuite(`HAProxy 2.6, requests of gunicorn, ${notHere}`, others['gunicorn-requests.jsonl'], {
      test: 'test/interop/haproxy.test.ts',
      file: 'other-haproxy',
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
