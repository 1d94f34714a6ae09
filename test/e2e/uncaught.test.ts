/** A defect that nothing caught, while a caller waits: it is told, the caller is answered, the process ends with 1. */
import t from 'tap'
import { startBusyGate } from '../helpers/busy-gate.ts'
import type { GateProcess } from '../helpers/gateway.ts'
import { preload } from '../helpers/preload.ts'

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'

/** Each signal is a defect of another kind, out of nowhere. */
const defects = {
  SIGUSR2: `setTimeout(() => { throw new Error('broke on Bearer ${token}') })`,
  SIGHUP: `Promise.reject(new Error('broke on ${token}'))`,
  SIGWINCH: `setTimeout(() => { throw { authorization: '${token}' } })`,
} as const

const env = preload(
  Object.entries(defects)
    .map(([signal, code]) => `process.on('${signal}', () => { ${code} })`)
    .join('\n'),
)

function uncaughtOf({ lines }: GateProcess) {
  return lines.filter(({ msg }) => msg === 'uncaught')
}

for (const [signal, message] of [
  ['SIGUSR2', 'broke on Bearer [token]'],
  ['SIGHUP', 'broke on [token]'],
  ['SIGWINCH', 'object was thrown'],
] as const) {
  t.test(`"${message}" is one fatal line; open requests end whole, then it exits 1`, async (t) => {
    const { gate, response, answer } = await startBusyGate(t, env)
    gate.kill(signal)
    await gate.logged(({ msg }) => msg === 'draining')
    answer()
    t.equal(await (await response).text(), 'late but whole')
    t.equal(await gate.exited, 1)
    t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
    t.hasStrict(uncaughtOf(gate), [{ level: 'fatal', err: { message } }])
    t.equal(uncaughtOf(gate).length, 1)
    t.notMatch(JSON.stringify(gate.lines), token)
    t.equal(gate.stderr(), '')
  })
}

t.test('it is not ready from then on, and serves until the drain delay is over', async (t) => {
  const { gate } = await startBusyGate(t, { ...env, COGATE_DRAIN_DELAY: '10m' })
  gate.kill('SIGUSR2')
  await gate.logged(({ msg }) => msg === 'draining')
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)).status, 503)
  t.equal((await fetch(`http://127.0.0.1:${gate.port}/`)).status, 401)
})

t.test('a second defect during the drain exits 1 at once, open requests or not', async (t) => {
  const { gate, response } = await startBusyGate(t, env)
  gate.kill('SIGUSR2')
  await gate.logged(({ msg }) => msg === 'draining')
  gate.kill('SIGHUP')
  t.equal(await gate.exited, 1)
  await t.rejects(response, 'the open request is cut')
  await gate.silent
  t.equal(uncaughtOf(gate).length, 2)
})

for (const [what, first, second] of [
  ['a signal in the drain of a defect', 'SIGUSR2', 'SIGTERM'],
  ['a defect in the drain of a signal', 'SIGTERM', 'SIGUSR2'],
] as const) {
  t.test(`${what} cuts nothing short, and it exits 1`, async (t) => {
    const { gate, response, answer } = await startBusyGate(t, env)
    gate.kill(first)
    await gate.logged(({ msg }) => msg === 'draining')
    gate.kill(second)
    await gate.logged(({ msg }) => msg === 'uncaught')
    answer()
    t.equal(await (await response).text(), 'late but whole')
    t.equal(await gate.exited, 1)
    t.equal(uncaughtOf(gate).length, 1)
  })
}
