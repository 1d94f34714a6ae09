/** SIGTERM to the real process while hundreds of requests a second come in: none fails until it stops listening. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import autocannon, { type Result } from 'autocannon'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const authorization = `Bearer ${issuer.mintAccessToken()}`
const headers = { authorization }

t.test('FLT-063 no request fails within the delay, and readiness goes at once', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_DRAIN_DELAY: '20s' } })
  const url = `http://127.0.0.1:${gate.port}/`
  const finished = Promise.withResolvers<Result>()
  const options = { url, headers, connections: 20, overallRate: 400, duration: 60 }
  const load = autocannon(options, (_error, result) => finished.resolve(result))
  await upstream.received(200)
  gate.kill('SIGTERM')
  await gate.logged(({ msg }) => msg === 'draining')
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)).status, 503)
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/livez`)).status, 200)
  await upstream.received(upstream.requests.length + 600)
  load.stop()
  const { errors, timeouts, non2xx, '2xx': succeeded } = await finished.promise
  t.strictSame({ errors, timeouts, non2xx }, { errors: 0, timeouts: 0, non2xx: 0 })
  t.ok(succeeded > 700, `${succeeded} requests`)
  t.equal(gate.stderr(), '')
})

/** Asks on kept connections until nobody listens; the codes of what failed otherwise. */
async function askUntilRefused(
  port: number,
): Promise<{ readonly answered: number; readonly failures: readonly string[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const failures: string[] = []
  for (let answered = 0; ; ) {
    const client = request({ port, host: '127.0.0.1', headers, agent }).end()
    try {
      const [response] = await once(client, 'response')
      await response.toArray()
      answered++
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') return { answered, failures }
      // A connection the system had taken and the process had not is reset when it stops listening.
      if (client.reusedSocket || code !== 'ECONNRESET') failures.push(`${code} ${client.reusedSocket}`)
    }
  }
}

t.test('no request that was taken fails when it stops listening', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => setTimeout(() => response.end('ok'), 5))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_DRAIN_DELAY: '300ms' } })
  const callers = Array.from({ length: 10 }, () => askUntilRefused(gate.port))
  await upstream.received(200)
  gate.kill('SIGTERM')
  for (const { answered, failures } of await Promise.all(callers)) {
    t.ok(answered > 0)
    t.strictSame(failures, [])
  }
  t.equal(await gate.exited, 0)
  t.hasStrict(await gate.logged(({ msg }) => msg === 'drained'), { unfinished: 0 })
})
