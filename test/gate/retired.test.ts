/** What a reload leaves behind is closed when nobody uses it any more, without another reload. */
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createApp } from '../../src/gate/app.ts'
import { assembleGate } from '../../src/gate/assembly/assemble.ts'
import { replaceRuntime } from '../../src/gate/assembly/runtime.ts'
import type { Delivery, Gate } from '../../src/gate/gate.ts'
import { createLogger } from '../../src/ops/log.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { createTimers } from '../helpers/timers.ts'
import { startUpstream, type UpstreamHandler } from '../helpers/upstream.ts'

const graceMs = 30_000

async function startReplaceable(t: Test, handler?: UpstreamHandler) {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, handler)
  const timers = createTimers()
  const assemble = async (connections: string): Promise<Gate> => {
    const env = { COGATE_ROUTES: '[{"path":"/*","auth":"none"}]', COGATE_UPSTREAM_MAX_CONNECTIONS: connections }
    const { config } = loadConfig({ argv: [], env: gateEnvironment({ issuer, upstream: upstream.url, env }) })
    const log = createLogger(config.log, new Writable({ write: (_chunk, _encoding, done) => done() }))
    const fetchKeys = async () => Buffer.from(JSON.stringify(issuer.keys.jwks()))
    const gate = await assembleGate(config, { version: '0', log, fetchKeys, now: timers.now })
    t.teardown(() => gate.runtime.delivery.upstream.pool.close())
    return gate
  }
  const gate = await assemble('1')
  const replace = async (connections: string): Promise<Delivery> => {
    const { delivery } = gate.runtime
    const { runtime } = await assemble(connections)
    replaceRuntime(gate, runtime, { graceMs, setTimer: timers.setTimer })
    return delivery
  }
  return { gate, issuer, upstream, timers, replace }
}

t.test('one that nobody uses is closed after the grace of requests that arrived before', async (t) => {
  const { gate, timers, replace } = await startReplaceable(t)
  const first = await replace('2')
  timers.advance(graceMs / 2)
  const second = await replace('3')
  t.same([...gate.retired.keys()], [first, second])
  timers.advance(graceMs / 2)
  t.same([...gate.retired.keys()], [second])
  timers.advance(graceMs)
  t.equal(gate.retired.size, 0)
  t.equal(timers.waiting, 0)
})

t.test('one that still serves is closed when it has served', async (t) => {
  const begun = Promise.withResolvers<() => void>()
  const { gate, timers, replace, issuer, upstream } = await startReplaceable(t, (_request, response) => {
    begun.resolve(() => response.end('whole'))
  })
  const { config } = loadConfig({ argv: [], env: gateEnvironment({ issuer, upstream: upstream.url }) })
  const app = createApp(gate, config)
  const url = await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.fastify.close())
  const answer = fetch(url)
  const finish = await begun.promise
  await replace('2')
  timers.advance(3 * graceMs)
  t.equal(gate.retired.size, 1)
  finish()
  t.equal(await (await answer).text(), 'whole')
  timers.advance(graceMs)
  t.equal(gate.retired.size, 0)
})
