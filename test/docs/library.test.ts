/** The applications of README and docs/library.md are run as they stand there, from the sources. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readPage } from './pages.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Asks each path without a token, in the place of the line that listens. */
function run(code: string, paths: readonly string[]): readonly string[] {
  const ask = `for (const path of ${JSON.stringify(paths)}) {
    const answer = await app.inject(path)
    process.stdout.write(path + ' ' + answer.statusCode + '\\n')
  }
  await app.close()`
  const input = code.replace("from 'cogate'", "from './src/index.ts'").replace(/^await app\.listen.*$/m, ask)
  const options = { cwd: repository, input, encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], options)
  return [...stdout.split('\n').filter((line) => line.startsWith('/')), ...(stderr === '' ? [] : [stderr])]
}

t.test('the application of the README demands a token', async (t) => {
  const [block] = readPage('README.md').blocks.filter(({ marker }) => marker === 'library')
  t.same(run(block?.text ?? '', ['/orders', '/reports']), ['/orders 401', '/reports 401'])
})

t.test('the application of the page demands a token, and opens what says so', async (t) => {
  const [block] = readPage('docs/library.md').blocks.filter(({ marker }) => marker === 'library')
  const paths = ['/orders', '/reports', '/healthz', '/nothing']
  t.same(run(block?.text ?? '', paths), ['/orders 401', '/reports 401', '/healthz 200', '/nothing 401'])
})
