import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { sharedRead } from '../../src/proxy/read-buffer.ts'
import { startRawUpstream } from '../helpers/upstream.ts'

t.test('sockets read into the same memory and emit data, pause, resume and end as any other', async (t) => {
  const body = 'x'.repeat(300_000)
  const upstream = await startRawUpstream(t, (socket) => socket.end(body))
  const onread = sharedRead()
  const memory = new Set<ArrayBufferLike>()
  const read = async (): Promise<number> => {
    const socket = connect({ port: upstream.port, host: '127.0.0.1', onread })
    let length = 0
    let paused = false
    socket.on('data', (chunk: Buffer) => {
      t.notOk(paused)
      memory.add(chunk.buffer)
      length += chunk.length
      paused = true
      socket.pause()
      setImmediate(() => {
        paused = false
        socket.resume()
      })
    })
    await once(socket, 'end')
    socket.destroy()
    return length
  }
  t.strictSame(await Promise.all([read(), read(), read()]), [300_000, 300_000, 300_000])
  t.equal(memory.size, 1)
})
