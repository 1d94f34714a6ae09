/** Every line that the program can log is in the tables of docs/operations.md, and no other. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { files } from '../helpers/imports.ts'
import { readPage, readTable, readWords } from './pages.ts'

/** `log.warn({ … }, 'text')`: the text up to what it says beyond its name. */
const call = /\blog(?:ger)?\.(?:debug|info|warn|error|fatal)\((?:[^()]|\([^()]*\))*?'([^']+)',?\s*\)/g
/** What the library logs is not in the log of a gate; the audit log and the access log have sections of their own. */
const elsewhere = (file: string) => file.startsWith('library/') || file.startsWith('ops/audit/')

const logged = files
  .filter((file) => !elsewhere(file))
  .flatMap((file) => [...readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').matchAll(call)])
  .map(([, text = '']) => text)

const rows = readTable(readPage('docs/operations.md').text, '### Other lines').flatMap(([name = '']) => readWords(name))

t.ok(logged.length > 20, `${logged.length} calls are read`)

t.test('each message of the log is in the table', async (t) => {
  t.same(
    logged.filter((text) => !rows.some((row) => text === row || text.startsWith(`${row};`))),
    [],
  )
})

t.test('each row of the table is a message of the source', async (t) => {
  const source = files.map((file) => readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8')).join('\n')
  t.same(
    rows.filter((row) => !source.includes(`'${row}`)),
    [],
  )
})
