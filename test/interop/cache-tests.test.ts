/**
 * The http-cache-tests of the npm registry against their own server, with and without the gate in between. The gate
 * caches nothing and changes nothing a cache looks at: every result that differs is judged in
 * test/cases/cache-tests-differences.json. Needs the registry, so it is no part of `npm test`.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { checkJudged, type Difference, readJudgements } from '../helpers/judged.ts'
import { cacheTestCount, cacheTestsPackage } from '../helpers/suite-facts.ts'

type Results = Readonly<Record<string, unknown>>

const client = fileURLToPath(new URL('../helpers/run-cache-tests.ts', import.meta.url))
const execute = promisify(execFile)

function fetchPackage(t: Test): string {
  const folder = t.testdir({})
  const archive = execFileSync('npm', ['pack', '--silent', cacheTestsPackage], { cwd: folder, encoding: 'utf8' }).trim()
  execFileSync('tar', ['xzf', archive], { cwd: folder })
  return join(folder, 'package')
}

/** Their server would listen on every address. */
const onLoopback = `data:text/javascript,import net from 'node:net'; const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port) { return listen.call(this, Number(port), '127.0.0.1') }`

/** Settings reach it as npm passes them; port 0 is any. */
async function startOrigin(t: Test, folder: string): Promise<string> {
  const settings = { npm_config_protocol: 'http', npm_config_port: '0', npm_config_pidfile: join(folder, 'pid') }
  const argv = ['--import', encodeURI(onLoopback), 'server/server.mjs']
  const child = spawn(process.execPath, argv, { cwd: folder, env: { ...process.env, ...settings } })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  child.stderr.resume()
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const port = /Listening on http:.*:(\d+)\//.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return `http://127.0.0.1:${port}`
  }
  throw new Error('the server of http-cache-tests ended at once')
}

async function run(folder: string, base: string, token?: string): Promise<Results> {
  const argv = ['--no-warnings', client, folder, base, ...(token === undefined ? [] : [token])]
  const { stdout } = await execute(process.execPath, argv, { maxBuffer: 8 * 1024 ** 2 })
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as Results
}

function compare(plain: Results, gated: Results): readonly Difference[] {
  const ids = Object.keys(plain).filter((id) => normalise(plain[id]) !== normalise(gated[id]))
  return ids.map((id) => ({ id, differs: `${normalise(plain[id])} becomes ${normalise(gated[id])}` }))
}

/** Ids, times and counts in a message are those of the run. */
function normalise(result: unknown): string {
  const text = Array.isArray(result) ? result.join(': ') : 'passed'
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replace(/\d+/g, 'N')
}

t.test('results with the gate in between are those without it', async (t) => {
  const folder = fetchPackage(t)
  const origin = await startOrigin(t, folder)
  const issuer = await startTestIssuer(t)
  const open = await startTestGate(t, { issuer, upstream: origin, routes: [{ path: '/*', auth: 'none' }] })
  const closed = await startTestGate(t, { issuer, upstream: origin })
  const plain = await run(folder, origin)
  t.equal(Object.keys(plain).length, cacheTestCount)
  const onPublicPath = compare(plain, await run(folder, open.url))
  const withToken = compare(plain, await run(folder, closed.url, issuer.mintAccessToken()))
  const differences = [
    ...onPublicPath.map(({ id, differs }) => ({ id: `public/${id}`, differs })),
    ...withToken.map(({ id, differs }) => ({ id: `token/${id}`, differs })),
  ]
  checkJudged(t, differences, readJudgements('cache-tests-differences.json'))
})
