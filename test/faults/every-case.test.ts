/** Every case of test/cases/fault.jsonl has a test that names it, and every name stands for a case. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readFaultCases } from '../helpers/cases.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cases = readFaultCases()
const idsIn = (file: string): readonly string[] => readFileSync(root + file, 'utf8').match(/\bFLT-\d{3}\b/g) ?? []

t.test('every case is named by the file that tests it', async (t) => {
  t.equal(new Set(cases.map(({ id }) => id)).size, 63)
  for (const { id, name, test } of cases) t.ok(idsIn(test).includes(id), `${id} ${name}: ${test}`)
})

t.test('every name in a test is of a case', async (t) => {
  const known = new Set(cases.map(({ id }) => id))
  const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const unknown = files.flatMap((file) => idsIn(`test/${file}`)).filter((id) => !known.has(id))
  t.strictSame(unknown, [])
})
