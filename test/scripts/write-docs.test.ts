import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { findStaleFiles, writeGeneratedFiles } from '../../scripts/write-docs.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const script = fileURLToPath(new URL('../../scripts/write-docs.ts', import.meta.url))

t.test('the generated files of this repository are current', async (t) => {
  t.same(findStaleFiles(repository), [])
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.same({ status, stderr }, { status: 0, stderr: '' })
})

t.test('another root is written, and checked with exit code 1 when it is stale', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'cogate-docs-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const run = (...argv: readonly string[]) => spawnSync(process.execPath, [script, root, ...argv], { encoding: 'utf8' })
  t.match(run('--check'), { status: 1, stderr: /docs\/configuration\.md:1 is stale/ })
  t.match(run(), { status: 0, stderr: '' })
  t.match(run('--check'), { status: 0, stderr: '' })
})

t.test('files are written, and found stale with the first line that differs', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'cogate-docs-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const stale = findStaleFiles(root).map((text) => text.split('\n')[0])
  const names = [
    'docs/configuration.md',
    'docs/commands.md',
    'docs/troubleshooting.md',
    'docs/troubleshooting.ja.md',
    'src/library/options.ts',
    'config.schema.json',
    'deploy/helm/cogate/values.schema.json',
  ]
  t.same(
    stale,
    names.map((name) => `${name}:1 is stale: run npm run docs`),
  )
  writeGeneratedFiles(root)
  t.same(findStaleFiles(root), [])

  const doc = join(root, 'docs/configuration.md')
  const text = readFileSync(doc, 'utf8')
  writeFileSync(doc, text.replace('# Configuration', '# Other'))
  t.same(findStaleFiles(root), ['docs/configuration.md:2 is stale: run npm run docs\n- # Other\n+ # Configuration'])
  writeFileSync(doc, text)
  appendFileSync(doc, 'more\n')
  t.match(findStaleFiles(root), [/^docs\/configuration\.md:\d+ is stale/])
})
