/** The connection of the open-loop client. */
import { createServer } from 'node:net'
import t from 'tap'
import { getRequest, openHttpSocket } from '../../bench/load/http-socket.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

t.test('answers are told apart wherever the stream is cut, and a lost connection is told', async (t) => {
  const answers = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n'
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.once('data', async () => {
      for (const byte of answers) {
        await new Promise((resolve) => socket.write(byte, resolve))
      }
      socket.end()
    })
  })
  const { port } = await listenOnLoopback(t, server)
  const statuses: number[] = []
  await new Promise<void>((resolve) => {
    const connection = openHttpSocket(port, { onAnswer: (status) => statuses.push(status), onLost: resolve })
    t.teardown(() => connection.socket.destroy())
    connection.send(getRequest('/x', 'token'))
  })
  t.same(statuses, [200, 401])
})

t.test('a request carries the token only when there is one', async (t) => {
  t.match(getRequest('/x', 'abc').toString(), 'GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer abc\r\n\r\n')
  t.notMatch(getRequest('/x').toString(), 'Authorization')
})
