/** The upstream ends a kept connection in the moment in which it is used again: nobody's fault, and nobody's loss. */
import type { Socket } from 'node:net'
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'
import { answerHeadsWith, type ConnectionScript } from '../helpers/upstream.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const rounds = 500

/** Answers one request a connection; the next one finds it ending. */
function endUnderTheSecond(end: (socket: Socket) => void): {
  readonly script: ConnectionScript
  readonly heads: string[]
} {
  const heads: string[] = []
  const script: ConnectionScript = (socket) => {
    let asked = 0
    socket.on('data', (bytes: Buffer) => {
      heads.push(bytes.toString('latin1').split(' HTTP')[0] ?? '')
      asked++
      if (asked === 1) socket.write(ok)
      else end(socket)
    })
  }
  return { script, heads }
}

/** How many of `rounds` requests, one after the other, were answered with which status. */
async function getInTurn(url: string, authorization: string): Promise<Readonly<Record<number, number>>> {
  const counts: Record<number, number> = {}
  for (let round = 0; round < rounds; round++) {
    const response = await fetch(`${url}/${round}`, { headers: { authorization } })
    await response.arrayBuffer()
    counts[response.status] = (counts[response.status] ?? 0) + 1
  }
  return counts
}

for (const [how, end] of [
  ['an end', (socket: Socket) => socket.end()],
  ['a reset', (socket: Socket) => socket.resetAndDestroy()],
] as const) {
  t.test(
    `FLT-045 answers ${rounds} GETs that each meet ${how} on a used connection, and 502 to the first POST`,
    async (t) => {
      const { script, heads } = endUnderTheSecond(end)
      const { gate, authorization, head, send, upstream } = await startRawStack(t, script)
      t.equal((await send(head('GET /warm'))).responses[0]?.status, 200)
      const post = await send(`${head('POST /order', 'Content-Length: 2')}hi`)
      t.equal(post.responses[0]?.status, 502)
      t.equal(heads.filter((line) => line === 'POST /order').length, 1, 'the POST was sent once')
      t.strictSame(await getInTurn(gate.url, authorization), { 200: rounds })
      const resent = heads.length - new Set(heads).size
      t.ok(resent > rounds / 2, `${resent} were sent once more`)
      t.ok(upstream.connections > resent, 'on new connections')
      const next = await send(`${head('POST /next', 'Content-Length: 2')}hi`)
      t.equal(
        next.responses[0]?.status,
        200,
        'a later POST gets a new connection, for the service ends used ones (FLD-15)',
      )
    },
  )
}

t.test('a GET that is another method for the service is sent once, as that method would be', async (t) => {
  for (const name of ['X-HTTP-Method-Override', 'X_HTTP_Method']) {
    const { script, heads } = endUnderTheSecond((socket) => socket.end())
    const { head, send } = await startRawStack(t, script)
    t.equal((await send(head('GET /warm'))).responses[0]?.status, 200)
    t.equal((await send(head('GET /note', `${name}: DELETE`))).responses[0]?.status, 502, name)
    t.equal(heads.filter((line) => line === 'GET /note').length, 1, name)
  }
})

t.test('FLT-045 fails no GET when the upstream ends every connection behind its answer', async (t) => {
  const { gate, authorization } = await startRawStack(t, answerHeadsWith(ok, 'end'))
  t.strictSame(await getInTurn(gate.url, authorization), { 200: rounds })
})

t.test('FLT-045 gives up a connection before the upstream does, where that says when', async (t) => {
  const { head, send, upstream } = await startRawStack(
    t,
    answerHeadsWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=0\r\n\r\nok'),
  )
  for (let round = 1; round <= 3; round++) {
    const { responses } = await send(head('GET /x'))
    t.equal(responses[0]?.status, 200)
    t.equal(upstream.connections, round)
  }
})

t.test('FLT-043 asks on a new connection once the upstream has ended its side, though it reads on', async (t) => {
  const ended: Promise<void>[] = []
  const { head, send, upstream } = await startRawStack(t, (socket) => {
    const closed = Promise.withResolvers<void>()
    ended.push(closed.promise)
    socket.once('data', () => socket.end(ok))
    socket.once('close', () => closed.resolve())
  })
  const first = await send(head('GET /1'))
  await Promise.all(ended)
  const second = await send(head('GET /2'))
  t.strictSame(
    [first, second].map(({ responses }) => responses[0]?.status),
    [200, 200],
  )
  t.equal(upstream.connections, 2)
  t.match(upstream.receivedBytes(1).toString(), /^GET \/2 /)
})
