import t from 'tap'
import { type ParseContext, type ParsedResponses, parseResponses } from './raw-response.ts'

function parse(text: string, context: Partial<ParseContext> = {}): ParsedResponses {
  return parseResponses(Buffer.from(text, 'latin1'), { ended: false, ...context })
}

/** Every response as `status body`, an incomplete one with a trailing `…`. */
function summarize({ responses }: ParsedResponses): string[] {
  return responses.map(({ status, body, complete }) => `${status} ${body.toString('latin1')}${complete ? '' : '…'}`)
}

t.test('reads status, headers and a body of Content-Length', (t) => {
  const text = 'HTTP/1.1 200 Very OK\r\nContent-Length: 5\r\nX-A:  1 \r\nx-a: 2\r\nX-Empty:\r\n\r\nhello'
  const { responses, rest } = parse(text)
  t.same(responses, [
    {
      status: 200,
      statusText: 'Very OK',
      headers: { 'content-length': ['5'], 'x-a': ['1', '2'], 'x-empty': [''] },
      rawHeaders: ['Content-Length', '5', 'X-A', '1', 'x-a', '2', 'X-Empty', ''],
      body: Buffer.from('hello'),
      complete: true,
    },
  ])
  t.equal(rest.length, 0)
  t.end()
})

t.test('reads pipelined responses of every framing in order', (t) => {
  const text =
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab' +
    'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncde\r\n1;ext=1\r\nf\r\n0\r\n\r\n' +
    'HTTP/1.1 204 No Content\r\n\r\n' +
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n' +
    'HTTP/1.0 200\r\n\r\nuntil the end'
  t.same(summarize(parse(text, { ended: true })), ['200 ab', '201 cdef', '204 ', '304 ', '200 until the end'])
  t.same(summarize(parse(text)).at(-1), '200 until the end…', 'a close-delimited body ends with the connection')
  t.end()
})

t.test('reads chunk sizes in hexadecimal and drops trailers', (t) => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n'
  const text = `${head}A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\nX-More: 2\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n`
  t.same(summarize(parse(text)), ['200 0123456789', '204 '])
  t.end()
})

t.test('skips interim responses and counts them', (t) => {
  const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'
  const parsed = parse(text)
  t.same(summarize(parsed), ['204 '])
  t.same(parsed.informational, [100, 103])
  t.end()
})

t.test('ends the HTTP part at 101 and leaves the bytes of the new protocol', (t) => {
  const parsed = parse('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi')
  t.same(summarize(parsed), ['101 '])
  t.equal(parsed.rest.toString('latin1'), '\x81\x02hi')
  t.end()
})

t.test('expects no body in the answer to HEAD, whatever its Content-Length', (t) => {
  const one = 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'
  t.same(summarize(parse(`${one}${one}1234567`, { methods: ['HEAD', 'GET'] })), ['200 ', '200 1234567'])
  t.same(summarize(parse(one)), ['200 …'])
  t.end()
})

t.test('calls a response incomplete as long as a byte of it is missing', (t) => {
  const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n'
  for (const text of [sized, chunked]) {
    for (let length = 0; length < text.length; length += 1) {
      const { responses } = parse(text.slice(0, length), { ended: true })
      t.notOk(responses.at(-1)?.complete, `${length} of ${text.length} bytes`)
    }
    t.same(summarize(parse(text, { ended: true })), ['200 hello'])
  }
  t.end()
})

t.test('leaves in rest what is not a response', (t) => {
  const good = 'HTTP/1.1 204 No Content\r\n\r\n'
  for (const garbage of [
    'garbage',
    'garbage\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nSpace : x\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n',
  ]) {
    const parsed = parse(good + garbage, { ended: true })
    t.same(summarize(parsed), ['204 '], JSON.stringify(garbage))
    t.equal(parsed.rest.toString('latin1'), garbage)
  }
  t.end()
})

t.test('never completes a body whose framing is broken', (t) => {
  for (const framing of [
    'Content-Length: 1\r\nContent-Length: 1\r\n\r\na',
    'Content-Length: +1\r\n\r\na',
    'Content-Length:\r\n\r\n',
    'Transfer-Encoding: chunked\r\n\r\nxyz\r\n',
    'Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n',
  ]) {
    const { responses } = parse(`HTTP/1.1 200 OK\r\n${framing}`, { ended: true })
    t.same(
      responses.map(({ complete }) => complete),
      [false],
      JSON.stringify(framing),
    )
  }
  t.end()
})

t.test('shows a header smuggled behind a bare line feed as part of the value', (t) => {
  const { responses } = parse('HTTP/1.1 204 No Content\r\nA: 1\nB: 2\r\n\r\n')
  t.same(responses[0]?.headers, { a: ['1\nB: 2'] })
  t.end()
})
