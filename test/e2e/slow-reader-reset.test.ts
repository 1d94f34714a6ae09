/** The upstream resets while the caller reads slowly: the exchange breaks off, the process stays. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const stepBytes = 32 * 1024

/** Sends until nothing more is taken for a while: then at most the read-ahead of the gate is outstanding. */
function fill(socket: Socket, chunk: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const step = (sent: number): void => {
    const stalled = setTimeout(resolve, 150, sent)
    socket.write(chunk, (error) => {
      clearTimeout(stalled)
      if (error) reject(error)
      else step(sent + chunk.length)
    })
  }
  step(0)
  return promise
}

async function askAndNotRead(t: Test, port: number, request: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  caller.write(request)
  await once(caller, 'readable')
  return caller
}

for (const field of ['', 'Connection: close\r\nContent-Length: 99000000\r\n', 'Content-Length: 99000000\r\n']) {
  t.test(`with ${JSON.stringify(field)}`, async (t) => {
    let limit = Number.POSITIVE_INFINITY
    const filled = Promise.withResolvers<number>()
    const answered = Promise.withResolvers<Socket>()
    const { gate, head, send } = await startRawStack(t, (socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n`)
        if (limit === 0) socket.end()
        else if (limit === Number.POSITIVE_INFINITY) filled.resolve(fill(socket, Buffer.alloc(stepBytes)))
        else socket.write(Buffer.alloc(limit), () => answered.resolve(socket))
      })
    })
    // How much goes into the buffers between here and a caller who does not read …
    const first = await askAndNotRead(t, gate.port, head('GET /x'))
    const capacity = await filled.promise
    first.destroy()
    t.ok(capacity > 0, `${capacity} bytes until nothing more is taken`)
    // … and the reset with a little less, so that the gate has stopped reading and would still see it.
    for (let behind = 0; behind < 8; behind++) {
      limit = Math.max(capacity - behind * stepBytes, 1)
      const caller = await askAndNotRead(t, gate.port, head('GET /x'))
      const upstreamSocket = await answered.promise
      upstreamSocket.resetAndDestroy()
      caller.destroy()
    }
    limit = 0
    const { responses } = await send(head('GET /x'))
    t.equal(responses[0]?.status, 200, 'the gate answers')
  })
}
