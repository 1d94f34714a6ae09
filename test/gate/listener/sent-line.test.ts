import t from 'tap'
import { readSentLine } from '../../../src/gate/listener/sent-line.ts'

/** The packet up to the mark is what the parser took; the mark is not sent. */
function read(marked: string) {
  const at = marked.indexOf('☃')
  const rawPacket = Buffer.from(marked.replace('☃', ''), 'latin1')
  return Object.values(readSentLine(Object.assign(new Error('x'), { rawPacket, bytesParsed: at })))
}

const get = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

for (const [what, marked, method, target] of [
  ['a raw byte in the query', 'GET /a?☃\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n', 'GET', '/a?\\xC3\\xA9'],
  ['a raw byte in the path', 'GET /☃\xe9 HTTP/1.1\r\n\r\n', 'GET', '/\\xE9'],
  ['an invalid header', 'HEAD /x HTTP/1.1\r\nA☃\x00: b\r\n\r\n', 'HEAD', '/x'],
  ['a target with blanks and a backslash', 'GET /a b\\c☃ HTTP/1.1\r\n\r\n', 'GET', '/a b\\x5Cc'],
  ['an unknown method', '☃FOO /x HTTP/1.1\r\n\r\n', 'FOO', '/x'],
  ['another protocol', 'GET /x ☃ICE/1.0\r\n\r\n', 'GET', '/x'],
  ['an unknown version', 'GET /x HTTP/☃3.0\r\n\r\n', 'GET', '/x'],
  ['no version', 'GET /x☃\r\nHost: a\r\n\r\n', 'GET', '/x'],
  ['a second request in one packet', `${get}PUT /b☃\xff HTTP/1.1\r\n\r\n`, 'PUT', '/b\\xFF'],
  ['empty lines before it', '\r\n\r\n☃get /b HTTP/1.1\r\n\r\n', 'get', '/b'],
  ['bytes that are no line', '☃\x16\x03\x01\x00\x00', '', ''],
  ['a request behind a body', 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /☃\xff HTTP/1.1\r\n\r\n', '', ''],
] as const) {
  t.test(`names what was sent of ${what} (FLD-21)`, async (t) => {
    t.strictSame(read(marked), [method, target])
  })
}

t.test('knows nothing of a request that came too slowly (FLD-21)', async (t) => {
  t.strictSame(readSentLine(new Error('timeout')), { method: '', target: '' })
})

t.test('is bounded, however long the line (FLD-21)', async (t) => {
  const rawPacket = Buffer.from(`GET /${'a'.repeat(100_000)}`)
  t.ok(readSentLine(Object.assign(new Error('x'), { rawPacket, bytesParsed: rawPacket.length })).target.length <= 1024)
})
