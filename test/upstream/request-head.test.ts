import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { isTooLong, readFraming, requestHead } from '../../src/upstream/request-head.ts'

function createRequest(rawHeaders: readonly string[], { method = 'GET', httpVersionMinor = 1 } = {}): IncomingMessage {
  return { method, url: '/x', httpVersionMinor, rawHeaders } as unknown as IncomingMessage
}

t.test('reads how a body ends from whatever spelling of the names', async (t) => {
  t.match(readFraming(createRequest(['CONTENT-length', '17'])), { length: 17, chunked: false, stated: true })
  t.match(readFraming(createRequest(['Transfer-encoding', 'chunked'])), { length: 0, chunked: true, stated: true })
  t.match(readFraming(createRequest(['Host', 'a', 'X-Content-Len', '9'])), { length: 0, chunked: false, stated: false })
})

t.test('answers an expectation only to who can read an interim answer', async (t) => {
  t.equal(readFraming(createRequest(['Expect', '100-Continue'])).expectsContinue, true)
  t.equal(readFraming(createRequest(['Expect', 'more'])).expectsContinue, false)
  t.equal(readFraming(createRequest(['Expect', '100-continue'], { httpVersionMinor: 0 })).expectsContinue, false)
})

t.test('tells the upstream where the body ends, also where a server may want to know that there is none', async (t) => {
  const head = (method: string, rawHeaders: readonly string[] = []) => {
    const request = createRequest(rawHeaders, { method })
    return requestHead(request, 'A: b\r\n', readFraming(request))
  }
  t.equal(head('GET'), 'GET /x HTTP/1.1\r\nA: b\r\n\r\n')
  t.equal(head('DELETE'), 'DELETE /x HTTP/1.1\r\nA: b\r\n\r\n')
  for (const method of ['POST', 'PUT', 'PATCH']) {
    t.equal(head(method), `${method} /x HTTP/1.1\r\nA: b\r\nContent-Length: 0\r\n\r\n`)
  }
  t.equal(
    head('POST', ['Transfer-Encoding', 'chunked']),
    'POST /x HTTP/1.1\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  t.equal(head('POST', ['Content-Length', '3']), 'POST /x HTTP/1.1\r\nA: b\r\n\r\n', 'the line passes with the others')
})

t.test('a body is too long beyond the limit, not at it', async (t) => {
  const framing = readFraming(createRequest(['Content-Length', '10']))
  t.equal(isTooLong(framing, 10), false)
  t.equal(isTooLong(framing, 9), true)
  t.equal(isTooLong(framing, undefined), false)
})
