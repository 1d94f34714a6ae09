/** An upstream that fails is 502 or 504 with a constant body; what exactly was wrong is in the log alone. */
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { reasons } from '../../src/reasons.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startRawStack, startStackBefore } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

type UpstreamReason = 'upstream_unreachable' | 'upstream_reset' | 'upstream_invalid_response' | 'upstream_timeout'
type Stack = Awaited<ReturnType<typeof startStackBefore>> | Awaited<ReturnType<typeof startRawStack>>

async function expectFailure(
  t: Test,
  { head, send, gate }: Stack,
  reason: UpstreamReason,
  request = 'GET /x',
): Promise<void> {
  const { responses, rest } = await send(head(request))
  const { status, detail } = reasons[reason]
  t.equal(responses[0]?.status, status)
  t.equal(rest.length, 0)
  const [requestId] = responses[0]?.headers['x-request-id'] ?? []
  t.strictSame(JSON.parse(responses[0]?.body.toString() ?? ''), {
    type: `urn:cogate:reason:${reason}`,
    title: status === 502 ? 'Bad Gateway' : 'Gateway Timeout',
    status,
    detail,
    code: reason,
    requestId,
  })
  const warning = await gate.logged(({ msg }) => msg === 'upstream failed')
  t.hasStrict(warning, { level: 'warn', requestId, reason })
  t.match(warning, { err: { message: /./ } })
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), { requestId, outcome: 'fail', reason, status })
}

t.test('FLT-008 502 upstream_unreachable when nobody listens', async (t) => {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  const stack = await startStackBefore(t, `http://127.0.0.1:${port}`)
  await expectFailure(t, stack, 'upstream_unreachable')
  t.match(JSON.stringify(stack.gate.lines), `ECONNREFUSED 127.0.0.1:${port}`)
})

for (const after of ['end', 'reset'] as const) {
  t.test(`FLT-009 FLT-010 502 upstream_reset after one attempt when the upstream says only ${after}`, async (t) => {
    for (const request of ['GET /x', 'POST /x']) {
      const stack = await startRawStack(t, answerHeadsWith('', after))
      await expectFailure(t, stack, 'upstream_reset', request)
      t.equal(stack.upstream.connections, 1)
    }
  })
}

const invalid = {
  'an SSH banner': 'SSH-2.0-OpenSSH_9.2p1\r\n',
  'binary garbage': '\x16\x03\x01\x00\xff\x00\x00',
  'bare line feeds': 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
  'a folded header': 'HTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\nContent-Length: 0\r\n\r\n',
  'a space before a colon': 'HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 0\r\n\r\n',
  'both framings': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
  'a length that is none': 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok',
  'a control byte in a value': 'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n',
  'a NUL in a value': 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n',
  'another protocol version': 'HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'status 999': 'HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n',
  'status 600': 'HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n',
  'status 042': 'HTTP/1.1 042 No\r\nContent-Length: 0\r\n\r\n',
  'status 20': 'HTTP/1.1 20 No\r\nContent-Length: 0\r\n\r\n',
  'a switch of protocols nobody asked for':
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  'a transfer coding nobody asked for': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'a header of 100 KB': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`,
} as const

for (const [what, answer] of Object.entries(invalid)) {
  t.test(`FLT-012 FLT-013 502 upstream_invalid_response for ${what}`, async (t) => {
    const stack = await startRawStack(t, answerHeadsWith(answer))
    await expectFailure(t, stack, 'upstream_invalid_response')
  })
}

t.test('FLT-016 relays a head of 30 KB', async (t) => {
  const { head, send } = await startRawStack(
    t,
    answerHeadsWith(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(30_000)}\r\nContent-Length: 0\r\n\r\n`),
  )
  const { responses } = await send(head('GET /x'))
  t.equal(responses[0]?.headers['x-a']?.[0]?.length, 30_000)
})

t.test('FLT-044 504 upstream_timeout when the head is late, and the connection is dropped', async (t) => {
  const env = { COGATE_UPSTREAM_RESPONSE_TIMEOUT: '200ms' }
  const closed = Promise.withResolvers<void>()
  const stack = await startRawStack(t, (socket) => socket.once('end', closed.resolve), { env })
  await expectFailure(t, stack, 'upstream_timeout')
  await closed.promise
})

t.test('504 upstream_timeout when the connection is not made in time', async (t) => {
  const { port } = await listenOnLoopback(t, createServer())
  const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '200ms' }
  const stack = await startStackBefore(t, `https://127.0.0.1:${port}`, { env })
  await expectFailure(t, stack, 'upstream_timeout')
})

t.test('serves the next request after a failure', async (t) => {
  const script = answerHeadsWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  const { head, send, upstream } = await startRawStack(t, (socket, index) =>
    index === 0 ? socket.end('nonsense') : script(socket, index),
  )
  const { responses } = await send(head('GET /1') + head('GET /2'), { expectResponses: 2 })
  t.strictSame(
    responses.map(({ status }) => status),
    [502, 200],
  )
  t.equal(upstream.connections, 2)
})
