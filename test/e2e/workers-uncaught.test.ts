/** A defect that nothing caught in one of several workers: its callers are answered, its place is taken. */
import t from 'tap'
import { connectToEach, spawnCrew, spawnHeldCrew } from '../helpers/crew.ts'
import { preload } from '../helpers/preload.ts'

const env = preload(`process.on('SIGUSR2', () => setTimeout(() => { throw new Error('broke') }))`)

t.test('a worker with a defect finishes what it has begun and is replaced; its sibling serves on', async (t) => {
  const { crew, answer } = await spawnHeldCrew(t, { env })
  const callers = await connectToEach(t, crew, 2)
  const response = callers.get(1)?.ask('/slow')
  await crew.upstream.received(3)
  crew.signalWorker(1, 'SIGUSR2')
  await crew.loggedTimes('draining', 1, { worker: 1 })
  t.match(await crew.loggedTimes('uncaught', 1), { level: 'fatal', worker: 1, err: { message: 'broke' } })
  t.equal(await callers.get(2)?.ask(), '200 ok')
  answer()
  t.equal(await response, '200 late but whole')
  t.match(await crew.loggedTimes('worker ended', 1), { level: 'warn', worker: 1, code: 1, signal: null, restartMs: 0 })
  await crew.loggedTimes('worker started', 2, { worker: 1 })
  await crew.loggedTimes('keys_changed', 2, { worker: 1 })
  t.equal((await crew.readyz()).status, 200)
  t.equal(await callers.get(2)?.ask(), '200 ok')
  t.equal(crew.lines.filter(({ msg, worker }) => msg === 'worker started' && worker === 2).length, 1)
  crew.kill('SIGTERM')
  t.equal(await crew.exited, 0, 'a worker that was replaced is no fault of the gate')
  t.equal(crew.stderr(), '')
})

t.test('a defect in the primary drains all workers, and it exits 1', async (t) => {
  const crew = await spawnCrew(t, { env })
  crew.kill('SIGUSR2')
  t.match(await crew.loggedTimes('uncaught', 1), { level: 'fatal', worker: undefined })
  t.equal(await crew.exited, 1)
  for (const worker of [1, 2]) t.match(await crew.loggedTimes('worker ended', 1, { worker }), { code: 0 })
})
