/** An answer that comes before the end of the upload reaches the caller: the connection is not cut under it. */
import type { ClientRequest } from 'node:http'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import type { TestGate } from '../helpers/gateway.ts'
import { startStack } from '../helpers/stack.ts'

const chunkBytes = 64 * 1024
const uploadBytes = 20 * 1024 * 1024
const rounds = 3

function* zeros(): Iterable<Buffer> {
  for (let sent = 0; sent < uploadBytes; sent += chunkBytes) yield Buffer.alloc(chunkBytes)
}

/** A client that writes its whole body and fails when a write fails; returns the status and the body. */
function upload({ port }: TestGate, headers: Record<string, string>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const client: ClientRequest = request({ port, host: '127.0.0.1', method: 'POST', path: '/x', headers })
  client.on('error', reject)
  client.on('response', async (response) => {
    const body = await response.toArray()
    resolve(`${response.statusCode} ${Buffer.concat(body)}`)
  })
  Readable.from(zeros()).pipe(client)
  return promise
}

const framings = [{ 'content-length': String(uploadBytes) }, { 'transfer-encoding': 'chunked' }]

async function expectAnswer(t: Test, gate: TestGate, headers: object, expected: RegExp): Promise<void> {
  for (const framing of framings) {
    for (let round = 0; round < rounds; round++) t.match(await upload(gate, { ...headers, ...framing }), expected)
  }
}

t.test('401 for an upload without a token, none of which reaches the upstream', async (t) => {
  const { gate, upstream } = await startStack(t)
  await expectAnswer(t, gate, {}, /^401 \{.*token_missing/)
  t.equal(upstream.requests.length, 0)
})

t.test('413 for an upload over the limit, which never becomes a complete request', async (t) => {
  const { gate, upstream, authorization } = await startStack(t, { env: { COGATE_LIMITS_BODY: '1MiB' } })
  await expectAnswer(t, gate, { authorization }, /^413 \{.*request_too_large/)
  t.ok(upstream.requests.length > 0, 'the chunked ones had begun')
  t.notOk(upstream.requests.some(({ complete }) => complete))
})

t.test('FLT-033 the own answer of an upstream that reads no body', async (t) => {
  const { gate, authorization } = await startStack(t, {
    handler: (_request, response) => response.writeHead(413, { 'content-length': 4 }).end('much'),
  })
  await expectAnswer(t, gate, { authorization }, /^413 much$/)
})

t.test('a chunked answer of an upstream that reads no body', async (t) => {
  const { gate, authorization } = await startStack(t, {
    handler: (_request, response) => response.writeHead(422).end('no'),
  })
  await expectAnswer(t, gate, { authorization }, /^422 no$/)
})

t.test('502 when the upstream breaks off instead of answering', async (t) => {
  const { gate, authorization } = await startStack(t, { handler: (request) => request.socket.resetAndDestroy() })
  await expectAnswer(t, gate, { authorization }, /^502 \{.*upstream_reset/)
})

t.test('serves the next request on the connection of an upload that was refused', async (t) => {
  const { head, send, upstream } = await startStack(t, { handler: (_request, response) => response.end('ok') })
  const refused = `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${'GET /smuggled HTTP/1.1\r\n'.padEnd(200_000, 'x')}`
  const { responses } = await send(refused + head('GET /next'), { expectResponses: 2, methods: ['POST', 'GET'] })
  t.strictSame(
    responses.map(({ status }) => status),
    [401, 200],
  )
  t.strictSame(
    upstream.requests.map(({ url }) => url),
    ['/next'],
  )
})
