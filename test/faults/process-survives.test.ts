/** Answers that end a process which believes in them: one real process gets them all, and goes on. */
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startRawUpstream } from '../helpers/upstream.ts'

const trailer = 'Trailer: Server-Timing\r\n'
const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${trailer}\r\n`
const body = '2\r\nok\r\n0\r\nServer-Timing: a\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'

const cases = [
  { id: 'FLT-001', what: 'trailers without a body', request: 'HEAD /x HTTP/1.1', answer: chunked, status: 200 },
  { id: 'FLT-002', what: 'trailers of chunks', request: 'GET /x HTTP/1.0', answer: chunked + body, status: 200 },
  {
    id: 'FLT-003',
    what: 'trailers of a length',
    request: 'GET /x HTTP/1.1',
    answer: `${ok}${trailer}\r\nok`,
    status: 200,
  },
  {
    id: 'FLT-004',
    what: 'trailers of a 304',
    request: 'GET /x HTTP/1.1',
    answer: `HTTP/1.1 304 \r\n${trailer}\r\n`,
    status: 304,
  },
  {
    id: 'FLT-005',
    what: 'a header named __proto__',
    request: 'GET /x HTTP/1.1',
    answer: `${ok}__proto__: 1\r\n\r\nok`,
    status: 200,
  },
  {
    id: 'FLT-006',
    what: '200 interim answers',
    request: 'GET /x HTTP/1.1',
    answer: `${'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(200)}${ok}\r\nok`,
    status: 200,
  },
  {
    id: 'FLT-007',
    what: 'a switch of protocols nobody asked for',
    request: 'GET /x HTTP/1.1',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    status: 502,
  },
]

const issuer = await startTestIssuer(t)
const fields = `Host: a\r\nConnection: close\r\nAuthorization: Bearer ${issuer.mintAccessToken()}\r\n\r\n`
let answer = ''
const upstream = await startRawUpstream(t, (socket) => socket.on('data', () => socket.write(answer)))
const gate = await spawnGate(t, { issuer, upstream: upstream.url })

for (const { id, what, request, status, ...row } of cases) {
  t.test(`${id} answers ${request.slice(0, 4).trim()} ${status} after ${what}, and lives`, async (t) => {
    answer = row.answer
    const { responses, rest } = await sendRaw({ port: gate.port, bytes: `${request}\r\n${fields}` })
    t.hasStrict(responses, [{ status, complete: true }])
    t.notOk(responses[0]?.headers['trailer'])
    t.equal(rest.length, 0)
    t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/livez`)).status, 200)
    t.equal(gate.stderr(), '')
  })
}
