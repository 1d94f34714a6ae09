import t from 'tap'
import { callerHeaders, type ResponseHeaders } from '../../src/headers/response.ts'

function answer(headers: ResponseHeaders, status = 200) {
  return callerHeaders(headers, status, 'id-1')
}

t.test('passes headers on in their order and adds the request id', async (t) => {
  t.strictSame(answer({ 'content-type': 'text/plain', 'x-a': '1' }), [
    ...['content-type', 'text/plain'],
    ...['x-a', '1'],
    ...['X-Request-Id', 'id-1'],
  ])
})

t.test('writes one line for each value of a repeated header', async (t) => {
  t.strictSame(answer({ 'set-cookie': ['a=1', 'b=2'] }), [
    'set-cookie',
    'a=1',
    'set-cookie',
    'b=2',
    'X-Request-Id',
    'id-1',
  ])
})

t.test('leaves out a header without value', async (t) => {
  t.strictSame(answer({ 'x-a': undefined, 'x-b': '' }), ['x-b', '', 'X-Request-Id', 'id-1'])
})

t.test('drops hop-by-hop headers and the request id of the upstream', async (t) => {
  const names = [
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'x-request-id',
  ]
  t.strictSame(answer(Object.fromEntries(names.map((name) => [name, 'x']))), ['X-Request-Id', 'id-1'])
})

t.test('drops what Connection names, lengths excepted', async (t) => {
  const connection = 'close, X-Internal ,content-length'
  t.strictSame(answer({ connection, 'x-internal': '1', 'content-length': '3', 'x-a': '1' }), [
    ...['content-length', '3'],
    ...['x-a', '1'],
    ...['X-Request-Id', 'id-1'],
  ])
  t.strictSame(answer({ connection: ['x-a', 'x-b'], 'x-a': '1', 'x-b': '2' }), ['X-Request-Id', 'id-1'])
  for (const plain of ['keep-alive', 'close'])
    t.strictSame(answer({ connection: plain, close: '1' }).slice(0, 2), ['close', '1'])
})

t.test('sends no length with a 204', async (t) => {
  t.strictSame(answer({ 'content-length': '0' }, 204), ['X-Request-Id', 'id-1'])
  t.strictSame(answer({ 'content-length': '7' }, 304), ['content-length', '7', 'X-Request-Id', 'id-1'])
})
