/**
 * Twenty rolling restarts of two gates behind HAProxy, under load that never pauses: no caller notices one. Needs the
 * Debian package haproxy. Nothing is retried, so whatever a gate loses is an error here.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import autocannon, { type Result } from 'autocannon'
import t, { type Test } from 'tap'
import type { GateProcess } from '../helpers/gateway.ts'
import { spawnGate } from '../helpers/gateway.ts'
import type { Issuer } from '../helpers/issuer.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { findFreePort } from '../helpers/listen.ts'
import { createTally } from '../helpers/tally.ts'
import { startUpstream } from '../helpers/upstream.ts'

const restarts = 20
const requestsPerSecond = 200
const callers = 8

interface Place {
  readonly name: string
  readonly port: number
  readonly opsPort: number
}

async function choosePlace(name: string): Promise<Place> {
  return { name, port: await findFreePort(), opsPort: await findFreePort() }
}

/** A gate is out when it says so: on a busy machine a late answer to a check, due within `inter` by default, is no answer less. */
function writeConfig(port: number, places: readonly Place[]): string {
  const servers = places.map(
    ({ name, port, opsPort }) => `  server ${name} 127.0.0.1:${port} check port ${opsPort} inter 100ms fall 1 rise 1`,
  )
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
  timeout check 5s
  retries 0
  no option redispatch
frontend callers
  bind 127.0.0.1:${port}
  default_backend gates
backend gates
  balance roundrobin
  option httpchk GET /readyz
${servers.join('\n')}
`
}

interface Balancer {
  readonly url: string
  /** Resolves once HAProxy has seen the gate come up that many times. */
  sawUp(place: Place, times: number): Promise<void>
}

async function startHaproxy(t: Test, places: readonly Place[]): Promise<Balancer> {
  const port = await findFreePort()
  const directory = t.testdir({ 'haproxy.cfg': writeConfig(port, places) })
  const child = spawn('haproxy', ['-db', '-f', `${directory}/haproxy.cfg`], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const ups = new Map(places.map(({ name }) => [name, createTally()]))
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, name = ''] = /Server gates\/(\w+) is UP/.exec(line) ?? []
    ups.get(name)?.add()
  })
  return { url: `http://127.0.0.1:${port}/`, sawUp: async ({ name }, times) => ups.get(name)?.reached(times) }
}

async function spawnAt(t: Test, place: Place, behind: { readonly issuer: Issuer; readonly upstream: string }) {
  const env = {
    COGATE_LISTEN: `127.0.0.1:${place.port}`,
    COGATE_OPS_LISTEN: `127.0.0.1:${place.opsPort}`,
    COGATE_DRAIN_DELAY: '2s',
    COGATE_LOG_ACCESS: 'false',
  }
  return spawnGate(t, { ...behind, env })
}

/** Ends it as an orchestrator does; what became of its last requests. */
async function terminate(gate: GateProcess) {
  gate.kill('SIGTERM')
  const code = await gate.exited
  const { unfinished } = await gate.logged(({ msg }) => msg === 'drained')
  return { code, unfinished, stderr: gate.stderr() }
}

const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0
const skip = hasHaproxy ? false : 'HAProxy is not installed'

t.test(`${restarts} rolling restarts under ${requestsPerSecond} requests a second lose none`, { skip }, async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const behind = { issuer, upstream: upstream.url }
  const places = [await choosePlace('a'), await choosePlace('b')]
  const balancer = await startHaproxy(t, places)
  const gates = new Map<Place, GateProcess>()
  for (const place of places) {
    gates.set(place, await spawnAt(t, place, behind))
    await balancer.sawUp(place, 1)
  }

  const finished = Promise.withResolvers<Result>()
  const headers = { authorization: `Bearer ${issuer.mintAccessToken({ expiresInSeconds: 3600 })}` }
  const options = { url: balancer.url, headers, connections: callers, overallRate: requestsPerSecond, duration: 3600 }
  const load = autocannon(options, (_error, result) => finished.resolve(result))
  await upstream.received(requestsPerSecond)
  for (let restart = 0; restart < restarts; restart++) {
    for (const place of places.filter((_place, index) => index === restart % 2)) {
      const gate = gates.get(place)
      const ending = gate && (await terminate(gate))
      t.same(ending, { code: 0, unfinished: 0, stderr: '' }, `restart ${restart + 1}, gate ${place.name}`)
      gates.set(place, await spawnAt(t, place, behind))
      await balancer.sawUp(place, 2 + Math.floor(restart / 2))
    }
  }
  await upstream.received(upstream.requests.length + requestsPerSecond)
  load.stop()

  const { errors, timeouts, resets, non2xx, '2xx': succeeded } = await finished.promise
  t.comment(`${succeeded} requests answered`)
  t.strictSame({ errors, timeouts, resets, non2xx }, { errors: 0, timeouts: 0, resets: 0, non2xx: 0 })
  t.ok(succeeded > restarts * requestsPerSecond, `${succeeded} requests`)
  const unanswered = upstream.requests.length - succeeded
  t.ok(unanswered >= 0 && unanswered <= callers, `each reached the service once: ${unanswered} were open at the end`)
})
