/** Several workers behind one address: all of them serve, one page of metrics and one readiness speak for all. */
import t from 'tap'
import { connectCaller, connectToEach, spawnCrew, sumOf } from '../helpers/crew.ts'

const crew = await spawnCrew(t, { env: { COGATE_LIMITS_CONNECTIONS: '4' } })

t.test('connections are dealt out in turn, and access lines name the worker', async (t) => {
  const callers = Array.from({ length: 4 }, () => connectCaller(crew))
  for (const caller of callers) t.equal(await caller.ask(), '200 ok')
  await crew.loggedTimes('access', 4)
  const served = crew.lines.filter(({ msg }) => msg === 'access').map(({ worker }) => worker)
  t.same(served.toSorted(), [1, 1, 2, 2])
  await t.rejects(connectCaller(crew).ask(), 'the limit of connections is that of all workers together')
  t.equal(await callers[0]?.ask(), '200 ok', 'and those that are open go on')
  for (const caller of callers) caller.close()
})

t.test('the start is logged once, and once a worker', async (t) => {
  const listening = crew.lines.filter(({ msg }) => msg === 'listening')
  t.match(listening, [{ listen: /^http:/, ops: /^http:/, workers: 2, worker: undefined }])
  const started = crew.lines.filter(({ msg }) => msg === 'worker started').map(({ worker }) => worker)
  t.same(started.toSorted(), [1, 2])
  t.equal(new Set([crew.pid, crew.pidOf(1), crew.pidOf(2)]).size, 3)
})

t.test('metrics are those of all workers together', async (t) => {
  await crew.loggedTimes('access', 5)
  const metrics = await crew.metrics()
  t.equal(sumOf(metrics, 'cogate_decisions_total', 'route="default"', 'reason="allowed"'), 5)
  t.equal(sumOf(metrics, 'cogate_request_duration_seconds_count'), 5)
  t.equal(sumOf(metrics, 'cogate_request_duration_seconds_bucket', 'le="+Inf"'), 5)
  t.equal(sumOf(metrics, 'cogate_token_cache_entries'), 2, 'the same token, once in each')
  t.equal(sumOf(metrics, 'cogate_token_cache_misses_total'), 2)
  t.equal(sumOf(metrics, 'cogate_jwks_fetches_total', 'result="ok"'), 2)
  t.equal(sumOf(metrics, 'cogate_build_info'), 1)
  t.equal(sumOf(metrics, 'cogate_workers'), 2)
  t.equal(sumOf(metrics, 'cogate_worker_restarts_total'), 0)
  t.ok(sumOf(metrics, 'process_start_time_seconds') > 1e9, 'of the primary')
  t.ok(sumOf(metrics, 'cogate_jwks_age_seconds') < 600)
})

t.test('it is ready when every worker is, and says so of each', async (t) => {
  const { status, body } = await crew.readyz()
  t.equal(status, 200)
  t.match(body, {
    ready: true,
    draining: false,
    workers: [
      { worker: 1, state: 'serving', ready: true, pools: [{ ready: true }] },
      { worker: 2, state: 'serving', ready: true, pools: [{ ready: true }] },
    ],
  })
})

t.test('a worker that does not answer makes it unready and holds up neither probes nor scrapes', async (t) => {
  const callers = await connectToEach(t, crew, 2)
  const before = sumOf(await crew.metrics(), 'cogate_decisions_total')
  crew.signalWorker(1, 'SIGSTOP')
  const { status, body } = await crew.readyz()
  t.equal(status, 503)
  t.match(body, {
    ready: false,
    workers: [
      { state: 'silent', ready: false },
      { state: 'serving', ready: true },
    ],
  })
  t.equal((await fetch(`http://127.0.0.1:${crew.opsPort}/livez`)).status, 200)
  t.equal(await callers.get(2)?.ask('/while-stopped'), '200 ok')
  await crew.loggedTimes('access', 1, { path: '/while-stopped' })
  const metrics = await crew.metrics()
  t.equal(sumOf(metrics, 'cogate_decisions_total'), before + 1, 'what it has counted stays in the sum')
  t.equal(sumOf(metrics, 'cogate_token_cache_entries'), 1, 'what it holds is not known')
  t.equal(sumOf(metrics, 'cogate_worker_scrapes_missed_total'), 1)
  t.match(await crew.loggedTimes('worker did not answer', 1), { level: 'warn', worker: 1 })
  crew.signalWorker(1, 'SIGCONT')
  t.equal(await callers.get(1)?.ask(), '200 ok')
  t.equal((await crew.readyz()).status, 200)
  t.equal(crew.stderr(), '')
})
