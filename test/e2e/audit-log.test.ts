/** The audit log: its lines are as documented, in a file that can be moved away, and it never stops a request. */
import { hash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readPage, readTable, readWords } from '../docs/pages.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import { connectToEach, spawnCrew } from '../helpers/crew.ts'
import { gateEnvironment, spawnGate, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const claims = { sub: 'alice', jti: 'j1', origin_jti: 'o1' }

async function ask(url: string, token?: string, headers: Record<string, string> = {}): Promise<number> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers: { ...authorization, ...headers } })
  await response.text()
  return response.status
}

type Line = Readonly<Record<string, unknown>>

function readLines(file: string): readonly Line[] {
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
}

/** Files tell nobody that they have grown. */
async function linesOf(file: string, count: number): Promise<readonly Line[]> {
  const lines = readLines(file)
  if (lines.length >= count) return lines
  await later(10)
  return linesOf(file, count)
}

async function startAudited(t: Test, env: Readonly<Record<string, string>> = {}) {
  const file = join(t.testdir(), 'audit.log')
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env: { COGATE_LOG_AUDIT: file, ...env } })
  return { gate, file }
}

t.test('a line names who, what, the decision and the token, and nothing that is secret', async (t) => {
  const { gate, file } = await startAudited(t, { COGATE_LOG_SUBJECT: 'plain', COGATE_FORWARDED_TRUST: '127.0.0.1' })
  const token = issuer.mintAccessToken({ claims })
  t.equal(await ask(`${gate.url}/a?secret=1`, token, { traceparent, 'x-forwarded-for': '192.0.2.7' }), 200)
  const [line = {}] = await linesOf(file, 1)
  t.hasStrict(line, {
    ...{ level: 'info', msg: 'audit', method: 'GET', path: '/a', route: 'default', outcome: 'allow' },
    ...{ reason: 'allowed', status: 200, address: '127.0.0.1', client: '192.0.2.7', traceId: traceparent.slice(3, 35) },
    ...{ pool: 'eu-west-1_DemoPool1', clientId: issuer.clientId, sub: 'alice', jti: 'j1', origin_jti: 'o1' },
  })
  const rows = readTable(readPage('docs/operations.md').text, '### Audit log')
  const documented = rows.flatMap(([names = '']) => readWords(names))
  t.same(Object.keys(line).toSorted(), documented.toSorted(), 'the documented schema')
  for (const part of [...token.split('.'), 'secret']) t.notMatch(readFileSync(file, 'utf8'), part)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test(
  'refusals are audited too, without a caller; the request id is that of the answer and the access line',
  async (t) => {
    const { gate, file } = await startAudited(t)
    t.equal(await ask(gate.url), 401)
    t.equal(await ask(gate.url, issuer.mintAccessToken({ expiresInSeconds: -60, claims })), 401)
    const lines = await linesOf(file, 2)
    t.match(lines, [
      { outcome: 'challenge', reason: 'token_missing', status: 401 },
      { outcome: 'challenge', reason: 'token_expired', status: 401 },
    ])
    const access = gate.lines.filter(({ msg }) => msg === 'access').map(({ requestId }) => requestId)
    t.same(
      lines.map(({ requestId }) => requestId),
      access,
    )
    for (const name of ['sub', 'jti', 'clientId', 'traceId', 'pool'])
      t.notOk(
        lines.some((line) => name in line),
        name,
      )
  },
)

t.test('the subject is hashed as in the access log, with a key where there is one, or left out', async (t) => {
  const subOf = async (env: Readonly<Record<string, string>>) => {
    const { gate, file } = await startAudited(t, env)
    await ask(gate.url, issuer.mintAccessToken({ claims }))
    const [line] = await linesOf(file, 1)
    await gate.close()
    t.equal(line?.['sub'], gate.lines.find(({ msg }) => msg === 'access')?.['sub'])
    return line?.['sub']
  }
  const plain = hash('sha256', 'alice').slice(0, 16)
  t.equal(await subOf({}), plain)
  const keyed = await subOf({ COGATE_LOG_SUBJECT_SECRET: 'a key' })
  t.match(keyed, /^[\da-f]{16}$/)
  t.not(keyed, plain)
  t.equal(await subOf({ COGATE_LOG_SUBJECT: 'none' }), undefined)
})

t.test('stdout: among the lines of the log, whatever its level', async (t) => {
  const env = { COGATE_LOG_AUDIT: 'stdout', COGATE_LOG_LEVEL: 'silent', COGATE_LOG_ACCESS: 'false' }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env, waitForKeys: false })
  await ask(gate.url, issuer.mintAccessToken({ claims }))
  t.match(await gate.logged(({ msg }) => msg === 'audit'), { outcome: String, requestId: String })
  t.ok(gate.lines.every(({ msg }) => msg === 'audit'))
})

t.test('SIGUSR2 opens the file again: one that was moved away gets no more lines', async (t) => {
  const file = join(t.testdir(), 'audit.log')
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_LOG_AUDIT: file } })
  const url = `http://127.0.0.1:${gate.port}`
  t.equal(await ask(`${url}/1`), 401)
  await linesOf(file, 1)
  renameSync(file, `${file}.1`)
  t.equal(await ask(`${url}/2`), 401)
  await linesOf(`${file}.1`, 2)
  gate.kill('SIGUSR2')
  while (!existsSync(file)) await later(10)
  t.equal(await ask(`${url}/3`), 401)
  t.match(await linesOf(file, 1), [{ path: '/3' }])
  t.equal(readLines(`${file}.1`).length, 2)
  t.notOk(gate.lines.some(({ msg }) => msg === 'signal ignored'))
  gate.kill('SIGTERM')
  t.equal(await gate.exited, 0)
  t.equal(readLines(file).length, 1)
})

t.test('several workers write one file, and each opens it again', async (t) => {
  const file = join(t.testdir(), 'audit.log')
  const crew = await spawnCrew(t, { env: { COGATE_LOG_AUDIT: file } })
  const callers = await connectToEach(t, crew, 2)
  const before = (await linesOf(file, 2)).length
  renameSync(file, `${file}.1`)
  crew.kill('SIGUSR2')
  while (!existsSync(file)) await later(10)
  // A worker that has not heard of it yet may still write one line to the old file.
  const askEach = async (round: number): Promise<void> => {
    for (const caller of callers.values()) await caller.ask(`/round-${round}`)
    const lines = await linesOf(file, 1)
    const counts = Object.values(Object.groupBy(lines, ({ path }) => String(path)))
    if (!counts.some((same) => same?.length === 2)) await askEach(round + 1)
  }
  await askEach(1)
  t.ok(readLines(`${file}.1`).length >= before)
})

t.test('what cannot be audited is not served: a file that cannot be opened ends the start', async (t) => {
  for (const workers of ['1', '2']) {
    const env = { COGATE_LOG_AUDIT: '/nowhere/audit.log', COGATE_WORKERS: workers }
    const { code, stderr } = await runCogate(t, ['start'], {
      env: gateEnvironment({ issuer, upstream: upstream.url, env }),
    })
    t.equal(code, 1)
    t.equal(stderr, 'cogate: log.audit: /nowhere/audit.log: ENOENT\n')
  }
})

t.test('requests are served when the file cannot be made again, and the log says so', async (t) => {
  const { gate, file } = await startAudited(t)
  renameSync(join(file, '..'), `${join(file, '..')}-gone`)
  gate.reopenLogs()
  t.match(await gate.logged(({ msg }) => msg === 'audit log failed'), { level: 'error', file })
  t.equal(await ask(gate.url, issuer.mintAccessToken()), 200)
  renameSync(`${join(file, '..')}-gone`, join(file, '..'))
})
