/** Active users of a running gate: one process, several workers, and after a restart. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { connectToEach, spawnCrew } from '../helpers/crew.ts'
import { spawnGate, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetrics } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const poolId = 'eu-west-1_DemoPool1'

async function askAs(url: string, ...subjects: readonly string[]) {
  for (const sub of subjects) {
    const authorization = `Bearer ${issuer.mintAccessToken({ claims: { sub, username: sub } })}`
    const response = await fetch(url, { headers: { authorization } })
    await response.text()
  }
}

async function estimates(opsUrl: string): Promise<readonly string[]> {
  return (await readMetrics(opsUrl)).split('\n').filter((line) => line.startsWith('cogate_estimated_mau{'))
}

async function billOf(t: Test, ...words: readonly string[]) {
  const { code, stdout, stderr } = await runCogate(t, ['cost', '--json', ...words])
  t.same([code, stderr], [0, ''])
  return JSON.parse(stdout)
}

t.test('each user counts once, in the metric and in the bill', async (t) => {
  const gate = await startTestGate(t, { issuer, upstream: (await startUpstream(t)).url })
  t.same(await estimates(gate.opsUrl), [])
  await askAs(gate.url, 'a', 'b', 'a')
  await fetch(gate.url, { headers: { authorization: `Bearer ${issuer.mintM2mToken()}` } })
  t.same(await estimates(gate.opsUrl), [
    `cogate_estimated_mau{pool="${poolId}",kind="user"} 2`,
    `cogate_estimated_mau{pool="${poolId}",kind="machine"} 1`,
  ])
  const month = new Date().toISOString().slice(0, 7)
  t.match(await billOf(t, gate.opsUrl), { month, pools: [{ pool: poolId, user: 2, federated: 0, machine: 1 }] })
})

t.test('a gate that is started again goes on with what its file has kept', async (t) => {
  const file = join(t.testdir(), 'users.json')
  const { url: upstream } = await startUpstream(t)
  const env = { COGATE_ACTIVE_USERS_FILE: file, COGATE_ACTIVE_USERS_SECRET: 'the same for both' }
  for (const users of [
    ['a', 'b'],
    ['b', 'c', 'd'],
  ]) {
    const gate = await spawnGate(t, { issuer, upstream, env })
    await askAs(`http://127.0.0.1:${gate.port}`, ...users)
    gate.kill('SIGTERM')
    await gate.exited
  }
  t.match(await billOf(t, '--file', file), { pools: [{ user: 4 }] })
})

t.test('of several workers a user of two counts once, also when one of them has ended', async (t) => {
  const file = join(t.testdir(), 'users.json')
  const crew = await spawnCrew(t, { env: { COGATE_ACTIVE_USERS_FILE: file } })
  const callers = await connectToEach(t, crew, 2)
  for (const caller of callers.values()) t.equal(await caller.ask(), '200 ok')
  const opsUrl = `http://127.0.0.1:${crew.opsPort}`
  const one = [`cogate_estimated_mau{pool="${poolId}",kind="user"} 1`]
  t.same(await estimates(opsUrl), one)
  crew.signalWorker(1, 'SIGKILL')
  await crew.loggedTimes('worker ended', 1)
  t.same(await estimates(opsUrl), one)
  t.match(await billOf(t, opsUrl), { pools: [{ user: 1 }] })
})
