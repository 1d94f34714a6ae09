/** Heads with faults that `upstream.tolerate` names: what is handed on is without them, however the bytes arrive. */
import t from 'tap'
import { TOLERABLE } from '../../src/config/config.ts'
import type { ResponseHead, Tolerated } from '../../src/upstream/response-head.ts'
import { ProtocolError, parseResponseHead } from '../../src/upstream/response-head.ts'
import { ResponseReader } from '../../src/upstream/response-reader.ts'

const all: Tolerated = new Set(TOLERABLE)

interface Read {
  readonly heads: ResponseHead[]
  body: string
  ended: boolean
}

/** The answer, in pieces of so many bytes. */
function read(text: string, size: number, tolerated = all): Read {
  const seen: Read = { heads: [], body: '', ended: false }
  const sink = {
    onHead: (head: ResponseHead) => void seen.heads.push(head),
    onBody: (chunk: Buffer | string) => {
      seen.body += chunk.toString('latin1')
    },
    onEnd: () => {
      seen.ended = true
    },
  }
  const reader = new ResponseReader(sink, tolerated)
  reader.expect('GET')
  for (let at = 0; at < text.length; at += size) reader.push(Buffer.from(text.slice(at, at + size), 'latin1'))
  return seen
}

const faulty =
  'HTTP/1.1 799 Odd\nTransfer-Encoding: identity\r\nX-A:  b\nContent-Length: 02\nContent-Length: 2, 2\n\r\nhi'

t.test('a head with every fault is handed on without any, whatever the pieces (FLD-31)', async (t) => {
  for (let size = 1; size <= faulty.length; size++) {
    const { heads, body, ended } = read(faulty, size)
    t.equal(heads.length, 1)
    const [head] = heads
    t.strictSame(head?.headers, ['X-A', 'b', 'Content-Length', '2'])
    t.strictSame([head?.status, head?.statusText, body, ended], [799, 'Odd', 'hi', true])
  }
})

for (const tolerable of TOLERABLE) {
  t.test(`${tolerable} alone opens nothing else (FLD-31)`, async (t) => {
    const others = {
      bareLineFeed: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
      equalContentLengths: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
      identityEncoding: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n',
      statusAbove599: 'HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n',
    }
    for (const [name, answer] of Object.entries(others)) {
      if (name === tolerable) t.equal(read(answer, 100, new Set([tolerable])).ended, true)
      else t.throws(() => read(answer, 100, new Set([tolerable])), ProtocolError, name)
      t.throws(() => read(answer, 100, new Set()), ProtocolError, `${name} is refused by default`)
    }
  })
}

t.test('another protocol and an endless head are refused at once (FLD-31)', async (t) => {
  t.throws(() => read('SSH-2.0-x', 3), ProtocolError)
  t.throws(() => read(`HTTP/1.1 200 OK\n${'X: y\n'.repeat(20_000)}`, 1000), new ProtocolError('head too large'))
})

t.test('an announced identity is no body that could follow (FLD-31)', async (t) => {
  const head = parseResponseHead('HTTP/1.1 304 x\r\nTransfer-Encoding: identity', 'GET', all)
  t.hasStrict(head, { keepAlive: true, body: { kind: 'none' }, headers: [] })
})
