/** SIGTERM to the real process while something long is under way: what was begun ends whole, or is told to end. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { GateProcess } from '../helpers/gateway.ts'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { untilRefused } from '../helpers/listen.ts'
import type { UpstreamHandler } from '../helpers/upstream.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { openCaller, startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const authorization = `Bearer ${issuer.mintAccessToken()}`

async function startGateBefore(
  t: Test,
  handler: UpstreamHandler,
  env: Readonly<Record<string, string | undefined>> = {},
) {
  const upstream = await startUpstream(t, handler)
  return { upstream, gate: await spawnGate(t, { issuer, upstream: upstream.url, env }) }
}

/** Resolves when it has stopped listening. */
async function terminate(gate: GateProcess): Promise<void> {
  gate.kill('SIGTERM')
  await untilRefused(gate.port)
}

async function endOf(gate: GateProcess) {
  const code = await gate.exited
  const { unfinished } = await gate.logged(({ msg }) => msg === 'drained')
  return { code, unfinished, stderr: gate.stderr() }
}

const wholeEnd = { code: 0, unfinished: 0, stderr: '' }

t.test('a request whose body is half sent is answered when the rest has come', async (t) => {
  const { upstream, gate } = await startGateBefore(t, (request, response) => {
    request.on('end', () => response.end('got it all'))
  })
  const caller = connect(gate.port, '127.0.0.1')
  caller.write(`POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 10\r\n\r\nhello`)
  await upstream.received(1)
  await terminate(gate)
  caller.write('world')
  const answer = Buffer.concat(await caller.toArray()).toString()
  t.match(answer, /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*got it all/s)
  t.equal(upstream.requests[0]?.body.toString(), 'helloworld')
  t.same(await endOf(gate), wholeEnd)
})

t.test('a long download arrives whole', async (t) => {
  const part = Buffer.alloc(1024 * 1024, 'x')
  const parts = 64
  const stopped = Promise.withResolvers<void>()
  const { gate } = await startGateBefore(t, async (_request, response) => {
    response.writeHead(200, { 'content-length': part.length * parts })
    for (let sent = 0; sent < parts; sent++) {
      if (sent === parts / 2) await stopped.promise
      if (!response.write(part)) await once(response, 'drain')
    }
    response.end()
  })
  const client = request({ port: gate.port, host: '127.0.0.1', headers: { authorization } }).end()
  const [response] = await once(client, 'response')
  const received = response.toArray() as Promise<Buffer[]>
  await terminate(gate)
  stopped.resolve()
  t.equal(Buffer.concat(await received).length, part.length * parts)
  t.ok(response.complete)
  t.same(await endOf(gate), wholeEnd)
})

t.test('WebSockets are closed with 1001, and the process does not wait any longer', async (t) => {
  const upstream = await startSocketUpstream(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_DRAIN_TIMEOUT: '10m' } })
  const open = () => openCaller(t, `http://127.0.0.1:${gate.port}`, { headers: { authorization } })
  const callers = [await open(), await open()]
  await upstream.opened(2)
  gate.kill('SIGTERM')
  for (const { closed } of callers) t.hasStrict(await closed, { code: 1001 })
  t.same(await endOf(gate), wholeEnd)
})

/** An open stream of server-sent events, its first event read. */
async function listenToEvents(t: Test, env: Readonly<Record<string, string | undefined>>) {
  const stream = Promise.withResolvers<Parameters<UpstreamHandler>[1]>()
  const { gate } = await startGateBefore(
    t,
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      stream.resolve(response)
    },
    env,
  )
  const client = request({ port: gate.port, host: '127.0.0.1', headers: { authorization } }).end()
  const [events] = await once(client, 'response')
  events.setEncoding('utf8')
  t.same(await once(events, 'data'), ['data: 1\n\n'])
  return { gate, events, upstream: await stream.promise }
}

t.test('events go on arriving during the drain, and a stream that ends in time ends whole', async (t) => {
  const { gate, events, upstream } = await listenToEvents(t, { COGATE_DRAIN_TIMEOUT: '10m' })
  await terminate(gate)
  upstream.write('data: 2\n\n')
  t.same(await once(events, 'data'), ['data: 2\n\n'])
  upstream.end('data: 3\n\n')
  t.same(await events.toArray(), ['data: 3\n\n'])
  t.ok(events.complete)
  t.same(await endOf(gate), wholeEnd)
})

t.test('a stream without an end is cut after drain.timeout, so that its reader can tell', async (t) => {
  const { gate, events, upstream } = await listenToEvents(t, { COGATE_DRAIN_TIMEOUT: '500ms' })
  const cut = once(events, 'error')
  gate.kill('SIGTERM')
  await gate.logged(({ msg }) => msg === 'draining')
  upstream.write('data: 2\n\n')
  t.same(await once(events, 'data'), ['data: 2\n\n'])
  t.match(await cut, [{ code: 'ECONNRESET' }])
  t.notOk(events.complete)
  t.same(await endOf(gate), { ...wholeEnd, unfinished: 1 })
})
