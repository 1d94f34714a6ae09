/** How several workers end: together and orderly, at once, or because their primary is gone. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import t, { type Test } from 'tap'
import type { CrewProcess } from '../helpers/crew.ts'
import { connectToEach, spawnCrew, spawnHeldCrew } from '../helpers/crew.ts'

/** Asks on a kept connection until nobody listens; the codes of what failed otherwise. */
async function askUntilRefused({ port, authorization }: CrewProcess): Promise<readonly string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const failures: string[] = []; ; ) {
    const client = request({ port, host: '127.0.0.1', headers: { authorization }, agent }).end()
    try {
      const [response] = await once(client, 'response')
      await response.toArray()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') return failures
      // A connection the system had taken and no worker had yet is reset when they stop listening.
      if (client.reusedSocket || code !== 'ECONNRESET') failures.push(`${code} ${client.reusedSocket}`)
    }
  }
}

t.test('a signal to the whole group drains every worker under load without a failed request', async (t) => {
  const crew = await spawnCrew(t, {
    env: { COGATE_DRAIN_DELAY: '300ms' },
    handler: (_request, response) => setTimeout(() => response.end('ok'), 5),
  })
  const callers = Array.from({ length: 10 }, () => askUntilRefused(crew))
  await crew.upstream.received(200)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    for (const worker of [1, 2]) crew.signalWorker(worker, signal)
  crew.kill('SIGINT')
  for (const failures of await Promise.all(callers)) t.strictSame(failures, [])
  t.equal(await crew.exited, 0)
  await crew.silent
  for (const worker of [1, 2]) {
    t.hasStrict(await crew.loggedTimes('drained', 1, { worker }), { unfinished: 0 })
    t.match(await crew.loggedTimes('worker ended', 1, { worker }), { level: 'info', code: 0, signal: null })
  }
  t.equal(crew.lines.filter(({ msg }) => msg === 'worker started').length, 2, 'none is started again')
  t.equal(crew.stderr(), '')
})

/** One request of each worker waits for the upstream; `answer` lets them end. */
async function spawnBusyCrew(t: Test, env: Readonly<Record<string, string | undefined>> = {}) {
  const { crew, answer } = await spawnHeldCrew(t, { env })
  const callers = await connectToEach(t, crew, 2)
  const responses = [...callers.values()].map((caller) => caller.ask('/slow'))
  for (const response of responses) response.catch(() => undefined)
  await crew.upstream.received(4)
  return { crew, responses, answer }
}

t.test('during the delay it serves, and is not ready; a second signal ends all at once with 1', async (t) => {
  const { crew, responses } = await spawnBusyCrew(t, { COGATE_DRAIN_DELAY: '10m' })
  crew.kill('SIGTERM')
  for (const worker of [1, 2]) await crew.loggedTimes('draining', 1, { worker })
  const callers = await connectToEach(t, crew, 2)
  t.equal(callers.size, 2)
  const { status, body } = await crew.readyz()
  t.equal(status, 503)
  t.match(body, { ready: false, draining: true, workers: [{ draining: true }, { draining: true }] })
  t.equal((await fetch(`http://127.0.0.1:${crew.opsPort}/livez`)).status, 200)
  crew.kill('SIGINT')
  t.equal(await crew.exited, 1)
  await crew.silent
  for (const response of responses) await t.rejects(response, 'open requests are cut')
})

t.test('workers whose primary is killed finish what they have begun, and end', async (t) => {
  const { crew, responses, answer } = await spawnBusyCrew(t)
  crew.kill('SIGKILL')
  for (const worker of [1, 2]) await crew.loggedTimes('draining', 1, { worker })
  answer()
  t.strictSame(await Promise.all(responses), ['200 late but whole', '200 late but whole'])
  await crew.silent
  for (const worker of [1, 2]) t.match(await crew.loggedTimes('drained', 1, { worker }), { unfinished: 0 })
  t.equal(crew.stderr(), '')
})
