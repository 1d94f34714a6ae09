/** An exchange lives by the configuration it arrived under, though the gate has got another one since. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { createApp } from '../../src/gate/app.ts'
import { assembleGate } from '../../src/gate/assembly/assemble.ts'
import type { Gate } from '../../src/gate/gate.ts'
import { createLogger } from '../../src/ops/log.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream, type UpstreamHandler } from '../helpers/upstream.ts'

const before = {
  COGATE_IDENTITY_HEADERS_PRESET: 'default',
  COGATE_LIMITS_BODY: '100B',
  COGATE_FORWARDED_TRUST: '127.0.0.1',
  COGATE_ROUTES: JSON.stringify([{ path: '/before/*' }]),
}
const after = {
  COGATE_IDENTITY_HEADERS_PRESET: 'remote-user',
  COGATE_LIMITS_BODY: '1B',
  COGATE_ROUTES: JSON.stringify([{ path: '/before/*', groups: ['nobody'] }]),
}

async function startSwappable(t: Test, handler: UpstreamHandler, env: object = {}) {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, handler)
  const lines: Record<string, unknown>[] = []
  const logged = Promise.withResolvers<void>()
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') lines.push(JSON.parse(line))
      if (lines.some(({ msg }) => msg === 'access')) logged.resolve()
      done()
    },
  })
  const assemble = async (changes: object): Promise<Gate> => {
    const { config } = loadConfig({
      argv: [],
      env: { ...gateEnvironment({ issuer, upstream: upstream.url }), ...env, ...changes },
    })
    const fetchKeys = async () => Buffer.from(JSON.stringify(issuer.keys.jwks()))
    const gate = await assembleGate(config, { version: '0', log: createLogger(config.log, stream), fetchKeys })
    await gate.runtime.jwks.refreshDue()
    t.teardown(() => gate.runtime.delivery.upstream.pool.close())
    return gate
  }
  const gate = await assemble(before)
  const { runtime } = await assemble(after)
  const { config } = loadConfig({
    argv: [],
    env: { ...gateEnvironment({ issuer, upstream: upstream.url }), ...before },
  })
  const app = createApp(gate, config)
  await app.fastify.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    app.closeAll()
    await app.fastify.close()
  })
  const caller = connect((app.fastify.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  const token = issuer.mintAccessToken({ username: 'alice' })
  const head = [
    'POST /before/x HTTP/1.1',
    'Host: app.example',
    `Authorization: Bearer ${token}`,
    'X-Forwarded-For: 203.0.113.9',
    'X-Request-Id: mine',
    'Transfer-Encoding: chunked',
  ]
  return {
    gate,
    upstream,
    caller,
    head: `${head.join('\r\n')}\r\n\r\n`,
    swap: () => {
      gate.runtime = runtime
    },
    access: async () => {
      await logged.promise
      return lines.find(({ msg }) => msg === 'access')
    },
  }
}

/** What the configuration before says of the exchange: in headers, limits, answer and record. */
async function expectBefore(t: Test, world: Awaited<ReturnType<typeof startSwappable>>): Promise<void> {
  const [answer] = (await once(world.caller, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  t.match(answer.toString(), /^x-request-id: mine\r$/im)
  const { headers, body } = world.upstream.requests[0] ?? {}
  t.match(headers, { 'x-forwarded-user': 'alice', 'x-forwarded-for': '203.0.113.9, 127.0.0.1', 'x-request-id': 'mine' })
  t.notOk(headers?.['remote-user'])
  t.equal(body?.toString(), 'hello')
  t.match(await world.access(), {
    outcome: 'allow',
    route: '/before/*',
    client: '203.0.113.9',
    status: 200,
    requestId: 'mine',
  })
}

t.test('the runtime is replaced between the head and the body of a request', async (t) => {
  const world = await startSwappable(t, (request, response) => request.on('end', () => response.end('ok')))
  world.caller.write(world.head)
  await world.upstream.received(1)
  world.swap()
  world.caller.write('5\r\nhello\r\n0\r\n\r\n')
  await expectBefore(t, world)
})

t.test('the runtime is replaced while a request waits in line, before its headers are written', async (t) => {
  const busy = Promise.withResolvers<void>()
  const world = await startSwappable(
    t,
    (request, response) => {
      if (request.url === '/busy') busy.promise.then(() => response.end())
      else request.on('end', () => response.end('ok'))
    },
    { COGATE_UPSTREAM_MAX_CONNECTIONS: '1' },
  )
  const blocker = { onHead() {}, onBody: () => true, onPause: () => true, onEnd() {}, onError() {} }
  const blocking = { method: 'GET', writeHead: () => 'GET /busy HTTP/1.1\r\nHost: a\r\n\r\n', body: undefined }
  world.gate.runtime.delivery.upstream.pool.dispatch(blocking, blocker)
  await world.upstream.received(1)
  world.caller.write(`${world.head}5\r\nhello\r\n0\r\n\r\n`)
  while (world.gate.runtime.delivery.upstream.pool.waiting === 0) await new Promise(setImmediate)
  world.swap()
  busy.resolve()
  await world.upstream.received(2)
  const [, request] = world.upstream.requests
  t.match(request?.headers, { 'x-forwarded-user': 'alice', 'x-request-id': 'mine' })
  t.notOk(request?.headers['remote-user'])
})

t.test('the runtime is replaced between the head of the answer and its end', async (t) => {
  const end = Promise.withResolvers<void>()
  const world = await startSwappable(t, (request, response) => {
    request.on('end', () => {
      response.writeHead(200).flushHeaders()
      end.promise.then(() => response.end('ok'))
    })
  })
  world.caller.write(`${world.head}5\r\nhello\r\n0\r\n\r\n`)
  const answered = expectBefore(t, world)
  await world.upstream.received(1)
  await once(world.caller, 'data')
  world.swap()
  end.resolve()
  await answered
  const later = world.head.replace('mine', 'later')
  world.caller.write(`${later}0\r\n\r\n`)
  let rest = ''
  while (!/HTTP\/1\.1 \d/.test(rest)) rest += String((await once(world.caller, 'data'))[0])
  t.match(rest, /HTTP\/1\.1 403 /, 'the next request lives by the new one')
})
