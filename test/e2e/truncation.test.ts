/** An answer that breaks off never reaches the caller as a complete message. */
import type { Socket } from 'node:net'
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'
import type { AfterAnswer } from '../helpers/upstream.ts'

/** FLT-028 with a length, FLT-029 in chunks, FLT-030 by the end of the connection; FLT-031 is an end instead of a reset. */
const framings = {
  'a length': ['Content-Length: 100\r\n', 'x'.repeat(7)],
  chunks: ['Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'],
  'half a chunk': ['Transfer-Encoding: chunked\r\n', '50\r\nhello'],
  'the end of the connection': ['', 'hello'],
  'the end of the connection, announced': ['Connection: close\r\n', 'hello'],
} as const

/** Answers, and breaks off only when the caller's end has read what came before. */
function breakOff(socket: Socket, answer: string, how: AfterAnswer): void {
  socket.once('data', () => socket.write(answer, () => (how === 'reset' ? socket.resetAndDestroy() : socket.end())))
}

for (const [framing, [field, body]] of Object.entries(framings)) {
  for (const how of ['reset', 'end'] as const) {
    if (how === 'end' && framing.includes('end')) continue
    t.test(`an answer framed by ${framing} that stops with ${how} stays incomplete`, async (t) => {
      const { head, send, gate } = await startRawStack(t, (socket) =>
        breakOff(socket, `HTTP/1.1 200 OK\r\n${field}\r\n${body}`, how),
      )
      const { responses, closed } = await send(head('GET /x'))
      // Where the break is seen before anything was sent, a refusal is as good.
      if (responses[0]?.status === 502) t.ok(responses[0].complete)
      else t.notOk(responses[0]?.complete, 'no complete message')
      t.ok(closed || responses[0]?.status === 502)
      t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { outcome: 'fail' })
    })
  }
}

t.test('a large answer that is reset far into its body stays incomplete', async (t) => {
  for (const [field] of [framings['a length'], framings['the end of the connection']]) {
    const length = field.replace('100', '99000000')
    const { head, send, gate } = await startRawStack(t, (socket) =>
      breakOff(socket, `HTTP/1.1 200 OK\r\n${length}\r\n${'x'.repeat(3_000_000)}`, 'reset'),
    )
    const { responses, closed } = await send(head('GET /x'))
    t.equal(responses[0]?.status, 200)
    t.notOk(responses[0]?.complete)
    t.ok(closed)
    t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), {
      outcome: 'fail',
      reason: 'upstream_reset',
      aborted: true,
    })
  }
})

t.test('an HTTP/1.0 caller sees a reset, for an orderly close would end its message', async (t) => {
  for (const [field, body] of Object.values(framings)) {
    const { head, send } = await startRawStack(t, (socket) =>
      breakOff(socket, `HTTP/1.1 200 OK\r\n${field}\r\n${body}${'x'.repeat(64)}`, 'reset'),
    )
    const { responses, errorCode } = await send(head('GET /x').replace('HTTP/1.1', 'HTTP/1.0'))
    if (responses[0]?.status !== 502) t.equal(errorCode, 'ECONNRESET')
    else t.ok(responses[0].complete)
  }
})

t.test('one body after another on one connection survives what came before', async (t) => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const { head, send } = await startRawStack(t, (socket, index) =>
    index === 0
      ? breakOff(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx', 'reset')
      : socket.on('data', () => socket.write(whole)),
  )
  await send(head('GET /1'))
  const { responses } = await send(head('GET /2'))
  t.hasStrict(responses, [{ status: 200, complete: true, body: Buffer.from('ok') }])
})
