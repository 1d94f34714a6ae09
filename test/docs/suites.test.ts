import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { insertSuites, renderSuites } from './suites.ts'

const script = fileURLToPath(new URL('./suites.ts', import.meta.url))

t.test('the tables of docs/security.md are those of the case files', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.same({ status, stderr }, { status: 0, stderr: '' })
})

t.test('a suite is counted with its judged differences, and each judgement is a row', async (t) => {
  const judgements = [{ differs: 'refused', because: 'Stricter.', cases: ['a', 'b'] }]
  const tables = renderSuites([{ name: 'Suite', cases: 10, differing: 2, test: 'x.test.ts', judgements }])
  t.match(tables, '| Suite | 10 | 8 | 2 | `x.test.ts` |')
  t.match(tables, '| Suite | 2 | refused | Stricter. |')
})

t.test('only what stands between the markers is replaced', async (t) => {
  t.equal(
    insertSuites('a\n<!-- suites -->\nold\n<!-- /suites -->\nb', 'new'),
    'a\n<!-- suites -->\n\nnew\n\n<!-- /suites -->\nb',
  )
  t.throws(() => insertSuites('a', 'new'), /has no <!-- suites -->/)
})
