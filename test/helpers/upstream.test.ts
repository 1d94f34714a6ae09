import { connect } from 'node:net'
import t from 'tap'
import { sendRaw } from './raw-socket.ts'
import { startRawUpstream, startUpstream } from './upstream.ts'

t.test('records a request as it was sent and echoes it', async (t) => {
  const upstream = await startUpstream(t)
  const bytes = 'POST /a%2Fb?q=1 HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 4\r\n\r\nbody'
  const { responses } = await sendRaw({ port: upstream.port, bytes })
  t.equal(upstream.requests.length, 1)
  t.match(upstream.requests[0], {
    method: 'POST',
    url: '/a%2Fb?q=1',
    rawHeaders: ['Host', 'h', 'X-Twice', '1', 'x-twice', '2', 'Content-Length', '4'],
    headers: { 'x-twice': '1, 2' },
    body: Buffer.from('body'),
    complete: true,
    aborted: false,
  })
  const echoed = JSON.parse(responses[0]?.body.toString() ?? '')
  t.match(echoed, { method: 'POST', url: '/a%2Fb?q=1', headers: { host: 'h' } })
})

t.test('records a request whose body has not arrived, and that it was cut', async (t) => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const upstream = await startUpstream(t, (request) => request.on('close', resolve))
  const client = connect(upstream.port, '127.0.0.1')
  client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf')
  await upstream.received(1)
  t.match(upstream.requests[0], { complete: false, aborted: false })
  t.equal(upstream.openSockets, 1)
  client.end()
  await gone
  t.match(upstream.requests[0], { complete: false, aborted: true, body: Buffer.from('half') })
})

t.test('lets the test answer instead', async (t) => {
  const upstream = await startUpstream(t, (_request, response, recorded) => {
    response.writeHead(418).end(recorded.url)
  })
  const response = await fetch(`${upstream.url}/tea`)
  t.equal(response.status, 418)
  t.equal(await response.text(), '/tea')
})

t.test('stops accepting and drops open connections on close', async (t) => {
  const upstream = await startUpstream(t, () => {})
  const pending = fetch(upstream.url)
  await upstream.received(1)
  await Promise.all([upstream.close(), t.rejects(pending)])
  await upstream.close()
  t.equal(upstream.openSockets, 0)
  await t.rejects(fetch(upstream.url))
})

t.test('runs the script for every connection with its index and records the bytes of each', async (t) => {
  const upstream = await startRawUpstream(t, (socket, index) => {
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${index}`))
  })
  const bodies: string[] = []
  for (const bytes of ['first', 'second']) {
    const { responses } = await sendRaw({ port: upstream.port, bytes })
    bodies.push(String(responses[0]?.body))
  }
  t.same(bodies, ['0', '1'])
  t.equal(upstream.connections, 2)
  t.equal(upstream.receivedBytes(0).toString(), 'first')
  t.equal(upstream.receivedBytes(1).toString(), 'second')
  t.equal(upstream.receivedBytes(2).length, 0)
})
