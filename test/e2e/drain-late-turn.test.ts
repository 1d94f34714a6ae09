/** A process that was kept from running while its drain delay passed: what had arrived by then is still answered. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

const delayMs = 50

/** Nothing else runs in this process meanwhile, as on a machine that is too busy. */
function holdProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

t.test('a request on a kept connection that waits to be read when the delay ends is answered', async (t) => {
  const { gate, head } = await startStack(t, {
    env: { COGATE_DRAIN_DELAY: `${delayMs}ms` },
    handler: (_request, response) => response.end('ok'),
  })
  const socket = connect({ port: gate.port, host: '127.0.0.1' }).setEncoding('utf8')
  socket.write(head('GET /first'))
  t.match(await once(socket, 'data'), [/^HTTP\/1\.1 200 /])
  const drained = gate.drain()
  socket.write(head('GET /second'))
  holdProcess(2 * delayMs)
  t.match(await once(socket, 'data'), [/^HTTP\/1\.1 200 /])
  socket.destroy()
  await drained
})
