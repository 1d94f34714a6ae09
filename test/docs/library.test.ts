/** The applications of README and docs/library.md are run as they stand there, from the sources. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startTestIssuer } from '../helpers/issuer.ts'
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

t.test('the application of the page takes tokens of the stand-in for Cognito', async (t) => {
  const { blocks } = readPage('docs/library.md')
  const [app, standIn] = ['library', 'stand-in'].map((name) => blocks.find(({ marker }) => marker === name)?.text ?? '')
  const register = /^await app\.register\([\s\S]*?^\}\)$/m
  const [options = ''] = register.exec(standIn ?? '') ?? []
  for (const value of ['eu-west-1_DemoPool1', '1democlient2345678901234ab']) t.match(options, `'${value}'`)
  const issuer = await startTestIssuer(t)
  // The same pool under the port of this test.
  const own = options
    .replace('http://127.0.0.1:9229/eu-west-1_DemoPool1', issuer.issuer)
    .replace(/id: '[^']+'/, `id: '${issuer.poolId}'`)
    .replace(/clientIds: \[[^\]]+\]/, `clientIds: ['${issuer.clientId}']`)
  // The first request waits for the keys.
  const ask = `const headers = { authorization: 'Bearer ${issuer.mintAccessToken()}' }
  process.stdout.write((await app.inject({ path: '/orders', headers })).statusCode + '\\n')
  await app.close()`
  const code = (app ?? '').replace("from 'cogate'", "from './src/index.ts'").replace(register, own)
  const input = code.replace(/^await app\.listen.*$/m, ask).replace('logger: true', 'logger: false')
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(input)
  t.equal(Buffer.concat(await child.stdout.toArray()).toString(), '200\n')
})
