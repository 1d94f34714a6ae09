/** A caller that stops reading stops the service from sending: what lies between them is bounded. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const totalBytes = 64 * 1024 ** 2
/** The buffers of two connections, which the system makes as large as it likes, and what the gate holds. */
const maxUnreadBytes = 24 * 1024 ** 2
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Sends the body as fast as it is taken. */
function pour(socket: Socket): void {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${totalBytes}\r\n\r\n`)
  let left = totalBytes
  const more = (): void => {
    const chunk = Buffer.alloc(Math.min(left, 65_536))
    left -= chunk.length
    if (chunk.length > 0) socket.write(chunk, more)
  }
  more()
}

t.test('FLT-037 holds 64 MiB back while their caller does not read, and loses none of them', async (t) => {
  const pouring = Promise.withResolvers<Socket>()
  const { gate, head, send } = await startRawStack(t, (socket, index) => {
    if (index > 0) return void socket.on('data', () => socket.write(ok))
    socket.once('data', () => pour(socket))
    pouring.resolve(socket)
  })
  const caller = connect(gate.port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  caller.write(head('GET /large'))
  await once(caller, 'readable')
  const peer = await pouring.promise
  for (let others = 0; others < 40; others++) t.equal((await send(head('GET /x'))).responses[0]?.status, 200)
  const taken = peer.bytesWritten - peer.writableLength
  t.ok(taken < maxUnreadBytes, `${taken} bytes were taken`)
  let received = 0
  caller.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  while (received < totalBytes) await once(caller, 'data')
  t.ok(received - totalBytes < 1000, 'head and body')
})
