import fc from 'fast-check'
import t from 'tap'
import { ProtocolError } from '../../src/upstream/response-head.ts'
import { ResponseReader } from '../../src/upstream/response-reader.ts'

interface Answer {
  readonly status: number
  body: string
  ended: boolean
}

function createReader() {
  const answers: Answer[] = []
  const last = () => answers.at(-1)
  const reader = new ResponseReader({
    onHead: ({ status }) => answers.push({ status, body: '', ended: false }),
    onBody: (chunk) => {
      const answer = last()
      if (answer) answer.body += chunk.toString('latin1')
    },
    onEnd: () => {
      const answer = last()
      if (answer) answer.ended = true
    },
  })
  reader.expect('GET')
  return { reader, answers }
}

const bytes = (text: string) => Buffer.from(text, 'latin1')
const head = (...headers: readonly string[]) => `${['HTTP/1.1 200 OK', ...headers].join('\r\n')}\r\n\r\n`

function readAll(text: string): readonly Answer[] {
  const { reader, answers } = createReader()
  reader.push(bytes(text))
  return answers
}

t.test('reads a body of known length', async (t) => {
  t.strictSame(readAll(`${head('Content-Length: 5')}hello`), [{ status: 200, body: 'hello', ended: true }])
})

t.test('reads chunks with extensions and trailers', async (t) => {
  const text = `${head('Transfer-Encoding: chunked')}5;a=b\r\nhello\r\n0006 ; x="y"\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n`
  t.strictSame(readAll(text), [{ status: 200, body: 'hello world', ended: true }])
})

t.test('reads a close-delimited body to the end of the connection', async (t) => {
  const { reader, answers } = createReader()
  reader.push(bytes(`${head()}hello`))
  t.strictSame(answers, [{ status: 200, body: 'hello', ended: false }])
  t.equal(reader.finish(), true)
  t.strictSame(answers, [{ status: 200, body: 'hello', ended: true }])
  t.equal(reader.finish(), false)
})

t.test('passes over interim answers', async (t) => {
  const text = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(200)}${head('Content-Length: 0')}`
  t.strictSame(readAll(text), [{ status: 200, body: '', ended: true }])
})

t.test('ends 304 with its head although it has a length', async (t) => {
  t.strictSame(readAll('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'), [
    { status: 304, body: '', ended: true },
  ])
})

t.test('says of an answer that is cut that it has not ended', async (t) => {
  for (const cut of [
    '',
    'HTTP/1.1 2',
    `${head('Content-Length: 5')}hell`,
    `${head('Transfer-Encoding: chunked')}5\r\nhel`,
  ]) {
    const { reader, answers } = createReader()
    reader.push(bytes(cut))
    t.equal(reader.finish(), false)
    t.notOk(answers.some(({ ended }) => ended))
  }
})

const invalid: Readonly<Record<string, string>> = {
  'another protocol before its first line ends': 'SSH-2.0-OpenSSH_9.2',
  'a first line that ends without CR': 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
  'a later line that ends without CR': 'HTTP/1.1 200 OK\r\nX: 1\n',
  'an upgrade nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'bytes after the answer': `${head('Content-Length: 2')}okHTTP/1.1 200 OK\r\n\r\n`,
  'bytes after a HEAD-like answer': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello',
  'a chunk size that is none': `${head('Transfer-Encoding: chunked')}hello\r\n`,
  'an empty chunk size': `${head('Transfer-Encoding: chunked')}\r\nhello`,
  'a chunk size with 0x': `${head('Transfer-Encoding: chunked')}0x5\r\nhello\r\n`,
  'a negative chunk size': `${head('Transfer-Encoding: chunked')}-5\r\nhello\r\n`,
  'a chunk size beyond counting': `${head('Transfer-Encoding: chunked')}fffffffffffff\r\n`,
  'a padded chunk size beyond counting': `${head('Transfer-Encoding: chunked')}000fffffffffffff\r\n`,
  'a bare LF after the chunk size': `${head('Transfer-Encoding: chunked')}5\nhello\r\n0\r\n\r\n`,
  'a control byte in a chunk extension': `${head('Transfer-Encoding: chunked')}5;\u0001\r\nhello\r\n`,
  'a chunk longer than its size': `${head('Transfer-Encoding: chunked')}5\r\nhelloXX\r\n0\r\n\r\n`,
  'a trailer without a colon': `${head('Transfer-Encoding: chunked')}0\r\nnothing\r\n\r\n`,
  'a trailer whose name is none': `${head('Transfer-Encoding: chunked')}0\r\n\0X-Sum: 1\r\n\r\n`,
  'a length among the trailers': `${head('Transfer-Encoding: chunked')}0\r\nContent-Length: 5\r\n\r\n`,
  'a coding among the trailers': `${head('Transfer-Encoding: chunked')}0\r\ntransfer-encoding: x\r\n\r\n`,
  'a bare LF in a trailer': `${head('Transfer-Encoding: chunked')}0\r\nX-Sum: 1\nX: 2\r\n\r\n`,
  'a chunk line without end': `${head('Transfer-Encoding: chunked')}5;${'a'.repeat(5000)}`,
  'a trailer line without end': `${head('Transfer-Encoding: chunked')}0\r\na: ${'a'.repeat(5000)}\r\n\r\n`,
  'a head without end': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`,
  'a head that is too large': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
}

for (const [name, text] of Object.entries(invalid)) {
  t.test(`refuses ${name}`, async (t) => {
    t.throws(() => readAll(text), ProtocolError)
  })
}

const chunked = head('Transfer-Encoding: chunked')

for (const [name, text] of Object.entries({
  'garbage in place of a chunk size': 'x',
  'a line end in place of a chunk size': '\r',
  'garbage behind a chunk size': '5x',
  'a bare LF behind a chunk size': '5\n',
  'garbage behind blanks': '5 5',
  'a control byte in a chunk extension': '5;a\u0001',
  'a DEL in a chunk extension': '5;a\u007f',
  'garbage behind the CR of a chunk line': '5\rx',
  'a size beyond counting': 'fffffffffffff',
  'garbage behind a chunk': '5\r\nhellox',
  'garbage behind the CR of a chunk': '5\r\nhello\rx',
  'a control byte in place of a trailer': '0\r\n\u0001',
  'a blank in the name of a trailer': '0\r\nX ',
  'a control byte in the value of a trailer': '0\r\nX: \u0001',
})) {
  t.test(`refuses ${name} at that byte, without waiting for more (FLD-46)`, async (t) => {
    const { reader } = createReader()
    const all = bytes(chunked + text)
    for (let at = 0; at < all.length - 1; at++) reader.push(all.subarray(at, at + 1))
    t.throws(() => reader.push(all.subarray(-1)), ProtocolError)
    t.throws(() => readAll(chunked + text), ProtocolError, 'and in one piece')
  })
}

const extension = `;${'a'.repeat(4000)}`

for (const [name, piece] of Object.entries({
  'chunk extensions': `${chunked}${`1${extension}\r\nx\r\n`.repeat(20)}0\r\n\r\n`,
  'zeros before chunk sizes': `${chunked}${`${'0'.repeat(4000)}1\r\nx\r\n`.repeat(20)}0\r\n\r\n`,
  'short trailers': `${chunked}0\r\n${'X-A: 1\r\n'.repeat(20_000)}\r\n`,
  'long trailers': `${chunked}0\r\n${`X-A: ${'1'.repeat(4000)}\r\n`.repeat(20)}\r\n`,
  'interim answers': `${`HTTP/1.1 103 Early Hints\r\nLink: <${'a'.repeat(4000)}>\r\n\r\n`.repeat(20)}${head('Content-Length: 0')}`,
})) {
  t.test(`refuses ${name} without limit (FLD-46)`, async (t) => {
    t.throws(() => readAll(piece), ProtocolError)
  })
}

t.test('reads any number of chunk extensions that are short beside their chunks (FLD-46)', async (t) => {
  const part = 'x'.repeat(1000)
  const text = `${chunked}${`3e8;signature=${'a'.repeat(100)}\r\n${part}\r\n`.repeat(2000)}0\r\n\r\n`
  t.strictSame(readAll(text), [{ status: 200, body: part.repeat(2000), ended: true }])
})

t.test('each answer on a connection may have as much beside head and body as the first (FLD-46)', async (t) => {
  const { reader, answers } = createReader()
  for (let round = 0; round < 20; round++) {
    reader.expect('GET')
    reader.push(bytes(`${chunked}1${extension}\r\nx\r\n0\r\n\r\n`))
  }
  t.equal(answers.filter(({ ended }) => ended).length, 20)
})

t.test('a head, an extension or trailers byte by byte cost what they are long, not its square (FLD-46)', async (t) => {
  const lines = (size: number) => `X-A: ${'a'.repeat(994)}\r\n`.repeat(size / 1000)
  const answerOf = {
    head: (size: number) => `HTTP/1.1 200 OK\r\n${lines(size)}Content-Length: 0\r\n\r\n`,
    extensions: (size: number) => `${chunked}${`1;${'a'.repeat(1000)}\r\nx\r\n`.repeat(size / 1000)}0\r\n\r\n`,
    trailers: (size: number) => `${chunked}0\r\n${lines(size)}\r\n`,
  }
  const timeOf = (text: string) => {
    const pieces = Array.from(text, (letter) => bytes(letter))
    const { reader, answers } = createReader()
    const startedAt = performance.now()
    for (const piece of pieces) reader.push(piece)
    t.ok(answers.at(-1)?.ended)
    return performance.now() - startedAt
  }
  for (const [name, answer] of Object.entries(answerOf)) {
    const best = (size: number) => Math.min(...Array.from({ length: 5 }, () => timeOf(answer(size))))
    const [short, long] = [best(8000), best(60_000)]
    t.ok(long < short * 25, `${name}: ${short.toFixed(1)} ms, 7.5 times as long ${long.toFixed(1)} ms`)
  }
})

t.test('refuses bytes on a connection that carries no exchange', async (t) => {
  const never = () => {
    throw new Error('nothing was asked for')
  }
  const reader = new ResponseReader({ onHead: never, onBody: never, onEnd: never })
  t.throws(() => reader.push(bytes('HTTP/1.1 200 OK\r\n\r\n')), ProtocolError)
  t.equal(reader.finish(), false)
})

/** What RFC 9112 says is sent, built from its parts: the reference the reader is compared with. */
const answerArbitrary = fc
  .record({
    interim: fc.nat({ max: 2 }),
    body: fc.string({ unit: 'binary-ascii', maxLength: 200 }),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    cuts: fc.array(fc.nat({ max: 200 }), { maxLength: 5 }),
    splits: fc.array(fc.nat({ max: 400 }), { maxLength: 12 }),
  })
  .map(({ interim, body, framing, cuts, splits }) => {
    const before = 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(interim)
    if (framing === 'length')
      return { text: `${before}${head(`Content-Length: ${body.length}`)}${body}`, body, framing, splits }
    if (framing === 'close') return { text: `${before}${head()}${body}`, body, framing, splits }
    const edges = [...new Set([0, ...cuts.filter((cut) => cut < body.length), body.length])].sort((a, b) => a - b)
    const parts = edges.slice(1).map((end, index) => body.slice(edges[index], end))
    const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
    return { text: `${before}${head('Transfer-Encoding: chunked')}${chunks}0\r\n\r\n`, body, framing, splits }
  })

t.test('reads any answer the same, however the network splits it', async (t) => {
  fc.assert(
    fc.property(answerArbitrary, ({ text, body, framing, splits }) => {
      const { reader, answers } = createReader()
      const edges = [...new Set([0, ...splits.filter((split) => split < text.length), text.length])].sort(
        (a, b) => a - b,
      )
      edges.slice(1).forEach((end, index) => {
        reader.push(bytes(text.slice(edges[index], end)))
      })
      if (framing === 'close') reader.finish()
      t.strictSame(answers, [{ status: 200, body, ended: true }])
    }),
    { numRuns: 300 },
  )
})

t.test('takes any bytes for an answer, an incomplete one or an error of the protocol, and nothing else', async (t) => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 30 }),
    fc.constantFrom(
      'HTTP/1.1 200 OK',
      '\r\n',
      '\r\n\r\n',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      '3',
      '0',
      'abc',
      ':',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const { reader } = createReader()
      try {
        for (const text of pieces) reader.push(bytes(text))
        reader.finish()
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
      }
    }),
    { numRuns: 1000 },
  )
  t.pass('no other error in 1,000 runs')
})

t.test('gives a small whole body as one text, and any other as the bytes that came', async (t) => {
  const kindsOf = (...pieces: readonly string[]) => {
    const kinds: string[] = []
    const sink = { onHead: () => undefined, onEnd: () => kinds.push('end') }
    const reader = new ResponseReader({ ...sink, onBody: (chunk) => kinds.push(`${typeof chunk} ${chunk.length}`) })
    reader.expect('GET')
    for (const piece of pieces) reader.push(bytes(piece))
    return kinds
  }
  const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`
  t.strictSame(kindsOf(`${head(5)}h\u00e9llo`), ['string 5', 'end'])
  t.strictSame(kindsOf(`${head(5)}he`, 'llo'), ['object 2', 'object 3', 'end'])
  t.strictSame(kindsOf(head(5), 'hello'), ['object 5', 'end'])
  t.strictSame(kindsOf(`HTTP/1.1 103 Early Hints\r\n\r\n${head(2)}ok`), ['string 2', 'end'])
  t.strictSame(kindsOf(`${head(9000)}${'x'.repeat(9000)}`), ['object 9000', 'end'])
  t.throws(() => kindsOf(`${head(2)}okay`), ProtocolError)
})
