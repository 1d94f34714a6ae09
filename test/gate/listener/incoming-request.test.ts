import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { GateRequest } from '../../../src/gate/listener/incoming-request.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'

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
  const doubtful = await receive(t, [
    'POST / HTTP/1.1',
    'Host: a',
    'Expect: x',
    'Content-Length: 1',
    'expect: 100-Continue',
  ])
  t.strictSame({ ...doubtful.headers }, { 'content-length': '1', expect: 'x, 100-Continue' })
  const chunked = await receive(t, ['POST / HTTP/1.1', 'Host: a', 'transfer-encoding: chunked'])
  t.strictSame({ ...chunked.headers }, { 'transfer-encoding': 'chunked' })
})

t.test('is asked by Node for no header that it does not show', async (t) => {
  const asked = new Set<string>()
  class Recorded extends GateRequest {}
  Object.defineProperty(Recorded.prototype, 'headers', {
    get() {
      const headers: object = Reflect.get(GateRequest.prototype, 'headers', this)
      return new Proxy(headers, {
        get(target, name) {
          asked.add(String(name))
          return Reflect.get(target, name)
        },
        has(target, name) {
          asked.add(String(name))
          return Reflect.has(target, name)
        },
      })
    },
  })
  const server = createServer(
    { IncomingMessage: Recorded, requireHostHeader: false, optimizeEmptyRequests: true },
    (_request, response) => response.end('ok'),
  )
  const { port } = await listenOnLoopback(t, server)
  for (const [version, lines] of [
    ['1.1', 'Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['1.1', 'Host: a\r\nAccept: b\r\nConnection: keep-alive\r\n\r\n'],
    ['1.0', 'Connection: keep-alive\r\n\r\n'],
  ]) {
    const caller = connect(port, '127.0.0.1')
    caller.write(`POST / HTTP/${version}\r\n${lines}`)
    await once(caller, 'data')
    caller.destroy()
  }
  t.strictSame([...asked].toSorted(), ['content-length', 'expect', 'te', 'transfer-encoding'])
})

t.test('shows an upgrade whole', async (t) => {
  const request = await receive(t, ['GET / HTTP/1.1', 'Host: a', 'Connection: upgrade', 'Upgrade: websocket', 'X-A: 1'])
  t.hasStrict(request.headers, { host: 'a', upgrade: 'websocket', 'x-a': '1' })
})
