/** What the caller sent is what the upstream gets: method, target, media type and body, byte for byte. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

const { upstream, head, send } = await startStack(t, {
  handler(request, response) {
    request.on('end', () => response.end('ok')).resume()
  },
})

async function forward(requestHead: string, body: Buffer | string = '') {
  const count = upstream.requests.length
  const bytes = Buffer.concat([Buffer.from(requestHead, 'latin1'), Buffer.from(body)])
  const { responses } = await send(bytes)
  return { answer: responses[0], received: upstream.requests.slice(count) }
}

for (const method of [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'REPORT',
  'MKCOL',
  'PURGE',
  'M-SEARCH',
  'QUERY',
]) {
  t.test(`forwards ${method} with its body unchanged`, async (t) => {
    const body = randomBytes(1000)
    const { answer, received } = await forward(head(`${method} /dav/a`, 'Content-Length: 1000'), body)
    t.equal(answer?.status, 200)
    t.hasStrict(received, [{ method, url: '/dav/a', complete: true }])
    t.ok(received[0]?.body.equals(body))
    t.equal(received[0]?.headers['content-length'], '1000')
  })
}

for (const mediaType of [
  'text',
  '',
  'application/json garbage',
  'application/json ; charset=utf-8',
  '*/*',
  'multipart/form-data',
  'a/b; x="é"',
]) {
  t.test(`leaves the media type "${mediaType}" and the body behind it alone`, async (t) => {
    const body = '{"not": json'
    const type = `Content-Type: ${Buffer.from(mediaType).toString('latin1')}`
    const { answer, received } = await forward(head('POST /x', type, 'Content-Length: 12'), body)
    t.equal(answer?.status, 200)
    t.equal(received[0]?.headers['content-type'], Buffer.from(mediaType).toString('latin1'))
    t.equal(received[0]?.body.toString(), body)
  })
}

t.test('forwards a chunked body of arbitrary bytes chunked and unchanged', async (t) => {
  const body = randomBytes(200_000)
  const chunks = [body.subarray(0, 1), body.subarray(1, 70_000), body.subarray(70_000)]
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ])
  const { answer, received } = await forward(
    head('POST /x', 'Transfer-Encoding: chunked'),
    Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]),
  )
  t.equal(answer?.status, 200)
  t.hasStrict(received, [{ complete: true, headers: { 'transfer-encoding': 'chunked' } }])
  t.ok(received[0]?.body.equals(body))
})

t.test('forwards empty bodies in both framings', async (t) => {
  for (const framing of ['Content-Length: 0', 'Transfer-Encoding: chunked']) {
    const { answer, received } = await forward(head('POST /x', framing), framing.endsWith('0') ? '' : '0\r\n\r\n')
    t.equal(answer?.status, 200, framing)
    t.hasStrict(received, [{ method: 'POST', complete: true, body: Buffer.alloc(0) }])
  }
})

t.test('forwards a body of a GET', async (t) => {
  const { received } = await forward(head('GET /search', 'Content-Length: 5'), 'query')
  t.equal(received[0]?.body.toString(), 'query')
})

for (const target of [
  '/a?b=c&b=d&&x',
  '/a?',
  '/a??b?c',
  '/a?q=%2F%2f%zz%',
  '/a?x=\'"<>{}|^`[]',
  '/a?next=/admin/../x&u=http://h/p',
  '/caf%C3%A9/%E2%82%AC',
  "/~user/(x)!$&'*+,=:@-._",
  '/a/',
  '/',
]) {
  t.test(`forwards the target ${target} as it came`, async (t) => {
    const { answer, received } = await forward(head(`GET ${target}`))
    t.equal(answer?.status, 200)
    t.equal(received[0]?.url, target)
  })
}

t.test('forwards headers in their order and spelling, values byte for byte', async (t) => {
  const fields = [
    'X-B: 2',
    'x-a: 1',
    'X-b: 3',
    'X-Latin: caf\xe9 \x80\xff',
    'X-Empty:',
    'Accept: */*',
    'Range: bytes=0-',
  ]
  const { received } = await forward(head('GET /x', ...fields))
  const raw = received[0]?.rawHeaders ?? []
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`.trimEnd()] : []))
  t.strictSame(
    lines.filter((line) => fields.includes(line)),
    fields,
  )
})

for (const length of ['0005', '00000000000000005', `${'0'.repeat(300)}5`]) {
  t.test(`forwards a body whose length is padded to ${length.length} digits (FLD-44)`, async (t) => {
    const { answer, received } = await forward(head('POST /x', `Content-Length: ${length}`), 'hello')
    t.equal(answer?.status, 200)
    t.hasStrict(received, [{ complete: true }])
    t.equal(received[0]?.body.toString(), 'hello')
    t.equal(received[0]?.headers['content-length'], '5')
  })
}
