/** Answers nobody asked for: they are nobody's, and above all not the next caller's. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const answer = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

for (const [when, spoil] of [
  ['with the answer', (socket: Socket) => void socket.write(answer('mine') + answer('evil'))],
  [
    'on the idle connection',
    (socket: Socket) => void socket.write(answer('mine'), () => setImmediate(() => socket.write(answer('evil')))),
  ],
] as const) {
  t.test(`FLT-046 gives the next caller its own answer when another comes ${when}`, async (t) => {
    const spoiled = Promise.withResolvers<Socket>()
    const { head, send, upstream } = await startRawStack(t, (socket, index) => {
      socket.once('data', () => {
        if (index > 0) return void socket.write(answer('own'))
        spoil(socket)
        spoiled.resolve(socket)
      })
    })
    const first = await send(head('GET /a'))
    const socket = await spoiled.promise
    if (!socket.closed && !socket.readableEnded) await once(socket, 'end')
    const second = await send(head('GET /b'))
    t.strictSame(
      [first, second].map(({ responses }) => responses.map(({ body }) => body.toString())),
      [['mine'], ['own']],
    )
    t.equal(upstream.connections, 2)
  })
}
