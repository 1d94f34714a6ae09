import t from 'tap'
import { ProtocolError, parseResponseHead } from '../../src/upstream/response-head.ts'

const parse = (lines: readonly string[], method = 'GET') => parseResponseHead(lines.join('\r\n'), method)

t.test('reads status, phrase and headers in the order and spelling of the upstream', async (t) => {
  t.strictSame(
    parse(['HTTP/1.1 200 OK', 'Content-Type: text/plain', 'SET-cookie:a=1', 'Set-Cookie: \tb=2 ', 'X-Empty:']),
    {
      status: 200,
      statusText: 'OK',
      headers: ['Content-Type', 'text/plain', 'SET-cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Empty', ''],
      body: { kind: 'close' },
      keepAlive: false,
      keepAliveMs: Number.POSITIVE_INFINITY,
    },
  )
  t.match(parse(['HTTP/1.1 404']), { status: 404, statusText: '' })
  t.match(parse(['HTTP/1.1 404 ']), { status: 404, statusText: '' })
  t.match(parse(['HTTP/1.1 200 OK', 'X-Raw: \u00a0caf\u00c3\u00a0']), { headers: ['X-Raw', '\u00a0caf\u00c3\u00a0'] })
  t.match(parse(['HTTP/1.1 200 d\u00e9j\u00e0 vu', 'X-Raw: \u00e5\u008d\u0097']), {
    statusText: 'd\u00e9j\u00e0 vu',
    headers: ['X-Raw', '\u00e5\u008d\u0097'],
  })
})

t.test('frames the body by length, chunks or the end of the connection', async (t) => {
  const cases = [
    [['Content-Length: 5'], { kind: 'length', bytes: 5 }],
    [['content-length: 0'], { kind: 'none' }],
    [['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
    [[], { kind: 'close' }],
  ] as const
  for (const [headers, body] of cases) t.strictSame(parse(['HTTP/1.1 200 OK', ...headers]).body, body)
})

t.test('expects no body after HEAD, 204, 304 and interim answers, whatever the length says', async (t) => {
  t.strictSame(parse(['HTTP/1.1 200 OK', 'Content-Length: 5'], 'HEAD').body, { kind: 'none' })
  for (const status of [100, 103, 204, 304]) {
    t.strictSame(parse([`HTTP/1.1 ${status} X`, 'Content-Length: 5']).body, { kind: 'none' }, String(status))
  }
})

t.test('keeps the connection as HTTP/1.1 and HTTP/1.0 mean it', async (t) => {
  const keeps = (version: string, ...headers: readonly string[]) =>
    parse([`HTTP/1.${version} 200 OK`, 'Content-Length: 1', ...headers]).keepAlive
  t.equal(keeps('1'), true)
  t.equal(keeps('1', 'Connection: keep-alive'), true)
  t.equal(keeps('1', 'Connection: x, Close'), false)
  t.equal(keeps('1', 'Connection: x', 'Connection: close'), false)
  t.equal(keeps('0'), false)
  t.equal(keeps('0', 'Connection: Keep-Alive'), true)
})

t.test('takes only spaces and tabs in Connection for blanks (FLD-47)', async (t) => {
  const keeps = (version: string, connection: string) =>
    parse([`HTTP/1.${version} 200 OK`, 'Content-Length: 1', `Connection: ${connection}`]).keepAlive
  t.equal(keeps('0', '\u00a0keep-alive'), false)
  t.equal(keeps('0', 'x,\u00a0keep-alive'), false)
  t.equal(keeps('0', 'x, \tkeep-alive\t'), true)
  t.equal(keeps('1', 'x, close\u00a0'), true)
  t.equal(keeps('1', 'x,\tclose '), false)
})

t.test('keeps an idle connection for less than the upstream says it does', async (t) => {
  const keeps = (...headers: readonly string[]) => {
    const { keepAlive, keepAliveMs } = parse(['HTTP/1.1 200 OK', 'Content-Length: 1', ...headers])
    return keepAlive ? keepAliveMs : 0
  }
  t.equal(keeps('Keep-Alive: timeout=5'), 4500)
  t.equal(keeps('keep-alive: max=100, Timeout = 1'), 500)
  t.equal(keeps('Keep-Alive: timeout=0'), 0)
  t.equal(keeps('Keep-Alive: timeout=5', 'Connection: close'), 0)
  for (const value of ['', 'max=3', 'timeout=', 'timeout=soon', 'notimeout=1']) {
    t.equal(keeps(`Keep-Alive: ${value}`), Number.POSITIVE_INFINITY, value)
  }
})

const invalid: Readonly<Record<string, readonly string[]>> = {
  'no status line': [''],
  'another protocol': ['SSH-2.0-OpenSSH_9.2'],
  'HTTP/2': ['HTTP/2 200 OK'],
  'HTTP/1.2': ['HTTP/1.2 200 OK'],
  'lower case': ['http/1.1 200 OK'],
  'a status of two digits': ['HTTP/1.1 20 OK'],
  'a status of four digits': ['HTTP/1.1 2000 OK'],
  'status 042': ['HTTP/1.1 042 X'],
  'status 600': ['HTTP/1.1 600 X'],
  'status 999': ['HTTP/1.1 999 X'],
  'two spaces': ['HTTP/1.1  200 OK'],
  'a control byte in the phrase': ['HTTP/1.1 200 O\u0001K'],
  'a bare LF in the phrase': ['HTTP/1.1 200 OK\nX: 1'],
  'no colon': ['HTTP/1.1 200 OK', 'nothing'],
  'an empty name': ['HTTP/1.1 200 OK', ': 1'],
  'a space before the colon': ['HTTP/1.1 200 OK', 'X : 1'],
  'a folded line': ['HTTP/1.1 200 OK', 'X: 1', ' 2'],
  'a bare CR in a value': ['HTTP/1.1 200 OK', 'X: a\rb'],
  'a bare CR at the end of a value': ['HTTP/1.1 200 OK', 'X: a\r'],
  'a bare LF in a value': ['HTTP/1.1 200 OK', 'X: a\nContent-Length: 3'],
  'NUL in a value': ['HTTP/1.1 200 OK', 'X: a\u0000b'],
  'two lengths': ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 5'],
  'a list of lengths': ['HTTP/1.1 200 OK', 'Content-Length: 5, 5'],
  'a negative length': ['HTTP/1.1 200 OK', 'Content-Length: -5'],
  'a signed length': ['HTTP/1.1 200 OK', 'Content-Length: +5'],
  'a hexadecimal length': ['HTTP/1.1 200 OK', 'Content-Length: 0x5'],
  'a length beyond counting': ['HTTP/1.1 200 OK', 'Content-Length: 9999999999999999'],
  'an empty length': ['HTTP/1.1 200 OK', 'Content-Length:'],
  'length and chunks': ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
  'another coding': ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked'],
  'two codings': ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  'chunks in HTTP/1.0': ['HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'],
  'more lines than anyone needs': ['HTTP/1.1 200 OK', ...Array.from({ length: 501 }, (_, n) => `x${n}: 1`)],
}

for (const [name, lines] of Object.entries(invalid)) {
  t.test(`refuses ${name}`, async (t) => {
    t.throws(() => parse(lines), ProtocolError)
  })
}

t.test('takes a value of nothing but white space in no time', async (t) => {
  const startedAt = performance.now()
  t.strictSame(parse(['HTTP/1.1 200 OK', `X: ${' '.repeat(60_000)}a${' '.repeat(3000)}`]).headers, ['X', 'a'])
  t.ok(performance.now() - startedAt < 50)
})
