/**
 * The package as a user has it: packed, installed into an empty folder, and run there by each Node.js release that it names. Prints
 * what came with it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import t, { type Test } from 'tap'
import { startTestIssuer } from '../helpers/issuer.ts'
import { fetchNode } from '../helpers/node-releases.ts'
import { packClone, runWell } from '../helpers/packed.ts'
import { startUpstream } from '../helpers/upstream.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const { folder, tarball } = packClone(t)

/** An empty folder with what a user installs there. From the cache of npm where it can be. */
function installInto(name: string, ...packages: readonly string[]): string {
  const app = join(folder, name)
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}')
  runWell('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...packages], app)
  return app
}

const bare = installInto('bare')

t.test('publint finds nothing in the package', async (t) => {
  runWell('tar', ['-xzf', tarball], folder)
  const { messages } = await publint({ pkgDir: join(folder, 'package'), pack: false, strict: true })
  t.same(messages, [])
})

t.test('it brings few packages, and the licences of all that it is made of', async (t) => {
  const modules = join(bare, 'node_modules')
  const packages = readdirSync(modules).filter((name) => !name.startsWith('.'))
  t.ok(packages.includes('cogate'))
  t.ok(packages.length < 100, `${packages.length} packages`)
  const sizes = readdirSync(modules, { recursive: true, encoding: 'utf8' }).map((file) => statSync(join(modules, file)))
  const bytes = sizes.filter((entry) => entry.isFile()).reduce((sum, { size }) => sum + size, 0)
  const titles = readFileSync(join(modules, 'cogate/dist/LICENSES.txt'), 'utf8').matchAll(/^\S+ \d\S*: (.+)$/gm)
  const counts = Map.groupBy([...titles], ([, licence = '']) => licence)
  const licences = [...counts].map(([licence, all]) => `${licence} ${all.length}`).join(', ')
  t.comment(
    `tarball ${kib(statSync(tarball).size)}, installed ${kib(bytes)} in ${sizes.length} files; bundled: ${licences}`,
  )
  t.ok(bytes < 48 * 1024 ** 2, `${kib(bytes)} on disk`)
})

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}

for (const release of ['22', '24', '26'] as const) {
  t.test(`cogate demo runs from the package with Node.js ${release}: 401 without a token, 200 with one`, async (t) => {
    const node = fetchNode(t, release)
    t.match(runWell(node, ['--version'], bare), new RegExp(`^v${release}\\.`))
    const program = join(bare, 'node_modules/.bin/cogate')
    const { url, tokens } = await startDemo(t, node, program)
    t.equal((await fetch(`${url}/hello`)).status, 401)
    const token = await (await fetch(`${tokens}?username=alice`)).text()
    const answer = await fetch(`${url}/hello`, { headers: { authorization: `Bearer ${token.trim()}` } })
    t.equal(answer.status, 200)
    t.match(await answer.text(), '"x-forwarded-user": "alice"')
  })
}

/** Resolves when it has printed where it listens. */
async function startDemo(t: Test, node: string, program: string): Promise<{ url: string; tokens: string }> {
  const child = spawn(node, [program, 'demo'], { stdio: ['ignore', 'pipe', 'inherit'] })
  endWith(t, child)
  const named = new Map<string, string>()
  for await (const line of createInterface({ input: child.stdout })) {
    const [, part = '', url = ''] = /^ +(gate|issuer) +(http:\S+)/.exec(line) ?? []
    named.set(part, url)
    if (line.startsWith('Ctrl-C')) break
  }
  return { url: `${named.get('gate')}`, tokens: `${named.get('issuer')}/token.txt` }
}

function endWith(t: Test, child: ChildProcess): void {
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  })
}

const library = installInto('library', 'fastify@5', '@fastify/http-proxy@11', 'typescript@7', '@types/node@24')

t.test('a TypeScript consumer compiles against the types of the package, and mistakes do not', async (t) => {
  cpSync(join(repository, 'test/deploy/consumer'), library, { recursive: true })
  // Without the loaders of the test runner, with which the compiler does not start.
  runWell('env', ['-u', 'NODE_OPTIONS', process.execPath, 'node_modules/typescript/bin/tsc', '-p', library], library)
  t.pass('it compiles')
})

t.test('the library says which Node.js it needs', async (t) => {
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
    delete Map.groupBy
    await import('cogate').then(() => process.stdout.write('loaded'), (error) => process.stdout.write(error.message))`
  const flags = ['--input-type=module', '--eval', old]
  t.equal(
    runWell(process.execPath, flags, library),
    `cogate needs Node.js 22.21 or 24.9, or newer; this is ${process.version}`,
  )
})

t.test('the example of a gateway forwards who calls, and nothing that a caller made up', async (t) => {
  const service = await startUpstream(t, (request, response) => response.end(JSON.stringify(request.headers)))
  const issuer = await startTestIssuer(t)
  cpSync(join(repository, 'deploy/examples/gateway/server.js'), join(library, 'server.js'))
  const env = { USER_POOL_ID: issuer.poolId, CLIENT_ID: issuer.clientId, ISSUER: issuer.issuer, PORT: '0' }
  const urls = { ORDERS_URL: service.url, REPORTS_URL: service.url }
  const child = spawn(process.execPath, [join(library, 'server.js')], {
    env: { ...process.env, ...env, ...urls },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  endWith(t, child)
  const url = await listening(child.stdout)
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, { headers })
    return { status: answer.status, text: await answer.text() }
  }
  const bearer = (groups: readonly string[]) => ({
    authorization: `Bearer ${issuer.mintAccessToken({ username: 'alice', groups })}`,
    'x-forwarded-user': 'mallory',
    X_Forwarded_Groups: 'admin',
  })
  t.match(await ask('/orders/1'), { status: 401, text: 'token_missing' })
  t.match(await ask('/healthz'), { status: 200, text: 'ok' })
  const { status, text } = await ask('/orders/1', bearer(['users']))
  t.match({ status, text }, { status: 200, text: '"x-forwarded-user":"alice"' })
  t.match(text, '"x-forwarded-groups":"users"')
  t.notMatch(text, 'mallory')
  t.match(await ask('/orders/internal/x', bearer(['users'])), { status: 403, text: 'insufficient_group' })
  t.match(await ask('/reports/x', bearer(['users'])), { status: 403, text: 'insufficient_group' })
  t.match(await ask('/reports/x', bearer(['admin'])), { status: 200 })
  t.match(await ask('/me', bearer(['admin'])), { status: 200, text: '{"user":"alice","groups":["admin"]}' })
})

/** The address of the line with which Fastify says where it listens. */
async function listening(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url !== undefined) {
      output.resume()
      return url
    }
  }
  throw new Error('the gateway ended')
}

t.test('the plugin runs from the package in every Node.js release', async (t) => {
  for (const release of ['22', '24', '26'] as const) {
    const text = runWell(fetchNode(t, release), [join(library, 'inject.js')], library)
    t.equal(text, '401 token_missing', release)
  }
})
