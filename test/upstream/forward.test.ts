import t from 'tap'
import { readFields } from '../../src/headers/head-fields.ts'
import { isTooLong, readFraming, requestHead } from '../../src/upstream/forward.ts'

const framingOf = (lines: readonly string[], httpVersionMinor = 1) => readFraming(readFields(lines), httpVersionMinor)

t.test('reads how a body ends from whatever spelling of the names', async (t) => {
  t.match(framingOf(['CONTENT-length', '17']), { length: 17, chunked: false, stated: true })
  t.match(framingOf(['Transfer-encoding', 'chunked']), { length: 0, chunked: true, stated: true })
  t.match(framingOf(['Host', 'a', 'X-Content-Len', '9']), { length: 0, chunked: false, stated: false })
})

t.test('answers an expectation only to who can read an interim answer', async (t) => {
  t.equal(framingOf(['Expect', '100-Continue']).expectsContinue, true)
  t.equal(framingOf(['Expect', 'more']).expectsContinue, false)
  t.equal(framingOf(['Expect', '100-continue'], 0).expectsContinue, false)
})

t.test('tells the upstream where the body ends, also where a server may want to know that there is none', async (t) => {
  const head = (method: string, rawHeaders: readonly string[] = []) => {
    return requestHead({ method, url: '/x' }, 'A: b\r\n', framingOf(rawHeaders))
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
  const framing = framingOf(['Content-Length', '10'])
  t.equal(isTooLong(framing, 10), false)
  t.equal(isTooLong(framing, 9), true)
  t.equal(isTooLong(framing, undefined), false)
})
