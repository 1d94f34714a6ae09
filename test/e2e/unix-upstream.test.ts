/** An upstream on a Unix socket: plain requests and WebSockets. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { startStackBefore } from '../helpers/stack.ts'

async function startUnixUpstream(t: Test): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cogate-test-'))
  const path = join(directory, 'app.sock')
  const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`))
  new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  await once(server.listen(path), 'listening')
  t.teardown(() => {
    server.close().closeAllConnections()
    rmSync(directory, { recursive: true })
  })
  return `unix:${path}`
}

t.test('forwards requests to a Unix socket', async (t) => {
  const { head, send } = await startStackBefore(t, await startUnixUpstream(t))
  const { responses } = await send(head('GET /a?b'))
  t.hasStrict(responses, [{ status: 200, body: Buffer.from('app.example /a?b') }])
})

t.test('forwards WebSockets to a Unix socket', async (t) => {
  const { gate, authorization } = await startStackBefore(t, await startUnixUpstream(t))
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/chat`, { headers: { authorization } })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.send('hello')
  const [data] = (await once(socket, 'message')) as [Buffer]
  t.equal(data.toString(), 'hello')
})

t.test('502 upstream_unreachable when the socket is not there', async (t) => {
  const { head, send } = await startStackBefore(t, `unix:${join(tmpdir(), 'cogate-no-such.sock')}`)
  const { responses } = await send(head('GET /'))
  t.equal(responses[0]?.status, 502)
  t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'upstream_unreachable' })
})
