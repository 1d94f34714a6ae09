import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { GateRequest } from '../src/incoming.ts'
import { listenOnLoopback } from './helpers/listen.ts'

async function receive(t: Test, lines: readonly string[]): Promise<IncomingMessage> {
  const received = Promise.withResolvers<IncomingMessage>()
  const server = createServer({ IncomingMessage: GateRequest, requireHostHeader: false }, received.resolve)
  server.on('checkContinue', received.resolve).on('upgrade', received.resolve)
  const { port } = await listenOnLoopback(t, server)
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  caller.write(`${lines.join('\r\n')}\r\n\r\n`)
  return received.promise
}

t.test('shows Node what frames the body and whether the caller waits, and no other header', async (t) => {
  const request = await receive(t, ['GET / HTTP/1.1', 'Host: a', 'Accept: */*', 'Cookie: b', 'Authorization: Bearer c'])
  t.strictSame({ ...request.headers }, {})
  t.equal(request.rawHeaders.length, 8)
  const upload = await receive(t, ['POST / HTTP/1.1', 'Host: a', 'CONTENT-LENGTH: 3', 'Expect: 100-continue'])
  t.strictSame({ ...upload.headers }, { 'content-length': '3', expect: '100-continue' })
  const chunked = await receive(t, ['POST / HTTP/1.1', 'Host: a', 'transfer-encoding: chunked'])
  t.strictSame({ ...chunked.headers }, { 'transfer-encoding': 'chunked' })
})

t.test('shows an upgrade whole', async (t) => {
  const request = await receive(t, ['GET / HTTP/1.1', 'Host: a', 'Connection: upgrade', 'Upgrade: websocket', 'X-A: 1'])
  t.hasStrict(request.headers, { host: 'a', upgrade: 'websocket', 'x-a': '1' })
})
