import t from 'tap'
import { callerHeaders, dropSetCookies, personalHeaders } from '../../src/headers/response.ts'

type Line = readonly [name: string, value: string]

function answer(lines: readonly Line[], status = 200): readonly Line[] {
  const flat = callerHeaders(lines.flat(), status, 'id-1')
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []))
}

const requestId = ['X-Request-Id', 'id-1'] as const

t.test('passes headers on in their order and spelling and adds the request id', async (t) => {
  const lines = [
    ['Content-Type', 'text/plain'],
    ['Set-Cookie', 'a=1'],
    ['x-EMPTY', ''],
    ['set-cookie', 'b=2'],
  ] as const
  t.strictSame(answer(lines), [...lines, requestId])
})

t.test('drops hop-by-hop headers and the request id of the upstream', async (t) => {
  const names = [
    'Connection',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Authentication-Info',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'X-Request-ID',
  ]
  t.strictSame(answer(names.map((name) => [name, 'x'])), [requestId])
})

t.test('takes only spaces and tabs around the names in Connection for blanks (FLD-47)', async (t) => {
  const lines = [
    ['X-A', '1'],
    ['X-B', '2'],
  ] as const
  t.strictSame(answer([['Connection', 'x,\u00a0x-a,\tx-b '], ...lines]), [['X-A', '1'], requestId])
})

t.test('drops what Connection names, lengths excepted', async (t) => {
  const named = answer([
    ['X-Internal', '1'],
    ['Connection', 'close, X-Internal ,content-length'],
    ['Content-Length', '3'],
    ['X-A', '1'],
  ])
  t.strictSame(named, [['Content-Length', '3'], ['X-A', '1'], requestId])
  const twice = answer([
    ['Connection', 'x-a'],
    ['connection', 'x-b'],
    ['x-a', '1'],
    ['x-b', '2'],
  ])
  t.strictSame(twice, [requestId])
  for (const plain of ['keep-alive', 'close']) {
    const kept = ['Close', '1'] as const
    t.strictSame(answer([['Connection', plain], kept]), [kept, requestId])
  }
})

t.test('sends no length with a 204', async (t) => {
  t.strictSame(answer([['Content-Length', '0']], 204), [requestId])
  t.strictSame(answer([['Content-Length', '7']], 304), [['Content-Length', '7'], requestId])
})

t.test('an answer to somebody who is signed in is for nobody else', async (t) => {
  const page = ['Content-Type', 'text/html; charset=utf-8']
  const cookies = ['a=1; Path=/', 'b=2; Path=/']
  t.same(personalHeaders([...page], undefined), [...page, 'Cache-Control', 'private, no-store'])
  t.same(personalHeaders(['Content-Type', 'image/png'], undefined), [
    'Content-Type',
    'image/png',
    'Cache-Control',
    'private',
  ])
  t.same(personalHeaders([], undefined), ['Cache-Control', 'private'])
  const own = ['Cache-Control', 'public, max-age=60', 'CDN-Cache-Control', 'max-age=600', 'Edge-Control', 'max-age=9']
  own.push('Vercel-CDN-Cache-Control', 'max-age=600', 'akamai-cache-control', 'max-age=600', 'Expires', 'tomorrow')
  t.same(personalHeaders([...own], undefined), own, 'the service has said what it wants')
  t.same(personalHeaders([...own, 'X-A', 'b'], cookies), [
    'X-A',
    'b',
    ...['Cache-Control', 'private, max-age=60'],
    ...['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2; Path=/'],
  ])
  t.same(personalHeaders([...page, 'Cache-Control', 'private', 'cache-control', 's-maxage=1, , no-cache'], cookies), [
    ...page,
    ...['Cache-Control', 'private, no-cache'],
    ...['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2; Path=/'],
  ])
})

t.test('drops the lines of Set-Cookie that are told, in any spelling, and nothing else', async (t) => {
  const isOwn = (line: string) => line.startsWith('own=')
  const kept = ['Set-Cookie', 'theirs=1', 'X-Own', 'own=1', 'set-cookie', 'theirs=2', 'Set-Cookies', 'own=1']
  t.equal(dropSetCookies(kept, isOwn), kept, 'the same list where nothing is dropped')
  const headers = ['Set-Cookie', 'own=1', ...kept, 'SET-COOKIE', 'own=2', 'Set-Cookie', 'theirs=3']
  t.same(dropSetCookies(headers, isOwn), [...kept, 'Set-Cookie', 'theirs=3'])
})
