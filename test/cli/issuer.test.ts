/** `cogate issuer`: the lines that it prints work unchanged, and it ends cleanly. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import { runCogate, spawnCogate } from '../helpers/cogate-process.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const lastLine = /cogate start\n/

async function runLine(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', line])
  return stdout
}

/** The rest of the line that begins with this word. */
function field(text: string, name: string): string {
  return new RegExp(`^${name} +(.+)$`, 'm').exec(text)?.[1] ?? ''
}

async function countKeys(text: string): Promise<number> {
  const { keys } = (await (await fetch(field(text, 'keys'))).json()) as { readonly keys: readonly unknown[] }
  return keys.length
}

t.test('serves keys and tokens as printed, on loopback only', async (t) => {
  const text = await spawnCogate(t, ['issuer', '--port', '0']).printed(lastLine)
  t.match(field(text, 'issuer'), /^http:\/\/127\.0\.0\.1:\d+\/eu-west-1_DemoPool1$/)
  t.equal(await countKeys(text), 2)
  const [, payload = ''] = (await runLine(field(text, 'a token'))).split('.')
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    iss: field(text, 'issuer'),
    username: 'alice',
    'cognito:groups': ['admin'],
  })
  t.equal(field(text, 'users'), 'alice, bob, carol; password demo-password')
  const signIn = `${field(text, 'sign-in')}?response_type=code&client_id=${field(text, 'client')}&redirect_uri=http://localhost/`
  t.match((await fetch(signIn)).url, /^http:\/\/127\.0\.0\.1:\d+\/login\?/, 'leads to the form')
  await runLine(field(text, 'rotate'))
  t.equal(await countKeys(text), 4, 'the old keys are still published')
})

t.test('a gate started with the printed variables accepts its tokens', async (t) => {
  const upstream = await startUpstream(t)
  const text = await spawnCogate(t, ['issuer', '--port', '0']).printed(lastLine)
  const printed = [...text.matchAll(/\b(COGATE_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value] as const)
  t.same(
    printed.map(([name]) => name),
    ['COGATE_USER_POOL_ID', 'COGATE_CLIENT_ID', 'COGATE_USER_POOL_ISSUER', 'COGATE_UPSTREAM'],
  )
  const here = { COGATE_UPSTREAM: upstream.url, COGATE_LISTEN: '127.0.0.1:0', COGATE_OPS_LISTEN: '127.0.0.1:0' }
  const gate = spawnCogate(t, ['start'], { env: { ...Object.fromEntries(printed), ...here } })
  const log = await gate.printed(/"msg":"listening"/)
  const { listen } = JSON.parse(log.split('\n').find((line) => line.includes('"listening"')) ?? '')
  const headers = { authorization: `Bearer ${await runLine(field(text, 'a token'))}` }
  t.equal((await fetch(listen, { headers })).status, 200)
  t.match(upstream.requests[0]?.headers, { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'admin' })
})

t.test('listens on the port it is told', async (t) => {
  const probe = await listenOnLoopback(t, createServer())
  await probe.close()
  const text = await spawnCogate(t, ['issuer', `--port=${probe.port}`]).printed(lastLine)
  t.match(field(text, 'issuer'), `http://127.0.0.1:${probe.port}/`)
})

for (const argv of [
  ['--port', '65536'],
  ['--port=-1'],
  ['--port='],
  ['--port', '0x50'],
  ['--port', '1e3'],
  ['--port'],
  ['8080'],
  ['--host', '0.0.0.0'],
]) {
  t.test(`cogate issuer ${argv.join(' ')} is bad usage that says how to write it`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, ['issuer', ...argv])
    t.equal(code, 64)
    t.equal(stdout, '')
    t.match(
      stderr,
      /^--port {2}\(flag --port\)\n {2}found +.+\n {2}expected +.+\n {2}write +cogate issuer --port 9229\n$/,
    )
  })
}

t.test('a taken port exits 1 and says what to do', async (t) => {
  const { port } = await listenOnLoopback(t, createServer())
  const { code, stdout, stderr } = await runCogate(t, ['issuer', '--port', String(port)])
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, new RegExp(`^cogate: issuer: .*127\\.0\\.0\\.1:${port}.*--port\\n$`))
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends it with exit code 0, open connections or not`, async (t) => {
    const issuer = spawnCogate(t, ['issuer', '--port', '0'])
    const text = await issuer.printed(lastLine)
    await (await fetch(field(text, 'keys'))).json()
    issuer.kill(signal)
    t.equal(await issuer.ended, 0)
    t.equal(issuer.stderr, '')
    await t.rejects(fetch(field(text, 'keys')))
  })
}
