/** A worker that is killed: its place is taken, its siblings do not notice, its counts stay. */
import t from 'tap'
import { connectCaller, connectToEach, spawnCrew, sumOf } from '../helpers/crew.ts'

t.test('a killed worker is replaced while its sibling serves on', async (t) => {
  const crew = await spawnCrew(t)
  const callers = await connectToEach(t, crew, 2)
  const before = sumOf(await crew.metrics(), 'cogate_decisions_total')
  t.equal(before, 2)
  const dead = crew.pidOf(1)
  const replaced = crew.loggedTimes('worker started', 2, { worker: 1 })
  const load = { isOver: false, answers: [] as string[] }
  const serving = (async () => {
    while (!load.isOver) load.answers.push((await callers.get(2)?.ask()) ?? '')
  })()
  crew.signalWorker(1, 'SIGKILL')
  const ended = await crew.loggedTimes('worker ended', 1)
  t.match(ended, { level: 'warn', worker: 1, pid: dead, code: null, signal: 'SIGKILL', restartMs: 0 })
  const { pid } = await replaced
  load.isOver = true
  await serving
  t.not(pid, dead)
  t.ok(load.answers.length > 0)
  t.same(new Set(load.answers), new Set(['200 ok']))

  await crew.loggedTimes('access', 2 + load.answers.length)
  const metrics = await crew.metrics()
  t.equal(sumOf(metrics, 'cogate_decisions_total'), before + load.answers.length, 'no total has fallen')
  t.equal(sumOf(metrics, 'cogate_request_duration_seconds_count'), before + load.answers.length)
  t.equal(sumOf(metrics, 'cogate_token_cache_entries'), 1, 'what the dead one held is gone')
  t.equal(sumOf(metrics, 'cogate_worker_restarts_total'), 1)
  t.equal(sumOf(metrics, 'cogate_workers'), 2)

  await crew.loggedTimes('keys_changed', 2, { worker: 1 })
  t.equal((await crew.readyz()).status, 200)
  const fresh = [connectCaller(crew), connectCaller(crew)]
  for (const caller of fresh) t.equal(await caller.ask('/after'), '200 ok')
  for (const caller of fresh) caller.close()
  await crew.loggedTimes('access', 2, { path: '/after' })
  const served = crew.lines.filter(({ path }) => path === '/after').map(({ worker }) => worker)
  t.same(served.toSorted(), [1, 2], 'the new one serves too')

  crew.signalWorker(1, 'SIGKILL')
  const again = await crew.loggedTimes('worker ended', 2)
  t.match(again, { worker: 1, restartMs: 1000 }, 'a second end soon after the start has to wait')
  t.equal(sumOf(await crew.metrics(), 'cogate_worker_restarts_denied_total'), 1)
  crew.kill('SIGTERM')
  t.equal(await crew.exited, 0, 'a place that is empty holds up no drain')
  t.equal(crew.lines.filter(({ msg }) => msg === 'worker started').length, 3)
  t.equal(crew.stderr(), '')
})

t.test('a new worker runs the configuration of the others, whatever the file says by then', async (t) => {
  const cwd = t.testdir({ 'routes.yaml': 'log: { level: info }\n' })
  const crew = await spawnCrew(t, { env: { COGATE_CONFIG: `${cwd}/routes.yaml` } })
  t.testdir({ 'routes.yaml': 'log: { level: silent }\n' })
  crew.signalWorker(1, 'SIGKILL')
  await crew.loggedTimes('worker started', 2, { worker: 1 })
  t.match(await crew.loggedTimes('keys_changed', 2, { worker: 1 }), { level: 'info' })
})
