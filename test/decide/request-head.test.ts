import t from 'tap'
import { type RequestHead, readHead } from '../../src/decide/request-head.ts'
import { readFields } from '../../src/headers/head-fields.ts'

const limits = { headerCount: 4, urlBytes: 10 }

function read(rawHeaders: readonly string[], head: Partial<RequestHead> = {}) {
  return readHead({ method: 'GET', url: '/', fields: readFields(rawHeaders), ...head }, limits)
}

t.test('reads the host in lower case, without port and trailing dot', async (t) => {
  const hosts = [
    ['example.com', 'example.com'],
    ['Admin.EXAMPLE.com:8443', 'admin.example.com'],
    ['example.com.', 'example.com'],
    ['example.com.:80', 'example.com'],
    ['10.0.0.1:80', '10.0.0.1'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['my_service', 'my_service'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ] as const
  for (const [value, host] of hosts) t.match(read(['Host', value]), { host }, value)
})

t.test('reads an empty host where the request has none', async (t) => {
  t.strictSame(read([]), { host: '', preflight: false })
})

t.test('demands a Host of HTTP/1.1 alone', async (t) => {
  t.equal(read([], { httpVersion: '1.1' }), 'request_malformed')
  t.match(read(['Host', 'a'], { httpVersion: '1.1' }), { host: 'a' })
  t.match(read([], { httpVersion: '1.0' }), { host: '' })
})

t.test('refuses every version but HTTP/1.0 and HTTP/1.1', async (t) => {
  for (const httpVersion of ['0.9', '2.0', '1.2', '']) {
    t.equal(read(['Host', 'a'], { httpVersion }), 'request_malformed', httpVersion)
  }
})

t.test('finds headers by name whatever their case', async (t) => {
  const lines = ['hOsT', 'a.example', 'AUTHORIZATION', 'Bearer x']
  t.match(read(lines), { host: 'a.example' })
  t.equal(readFields(lines).authorization, 'Bearer x')
})

t.test('refuses a Host that is not a host', async (t) => {
  const values = [
    '',
    ' ',
    'a b',
    'a,b',
    'a@b',
    'a/b',
    'a?b',
    'a#b',
    'a\\b',
    'http://a',
    'a:',
    'a:x',
    'a:123456',
    '[::1',
    '::1',
  ]
  for (const value of values) t.equal(read(['Host', value]), 'request_malformed', JSON.stringify(value))
})

t.test('refuses a transfer coding in HTTP/1.0, which knows none', async (t) => {
  const chunked = ['Host', 'a', 'Transfer-Encoding', 'chunked']
  t.equal(read(chunked, { httpVersion: '1.0' }), 'request_malformed')
  t.match(read(chunked, { httpVersion: '1.1' }), { host: 'a' })
})

t.test('refuses two Host headers, even equal ones', async (t) => {
  t.equal(read(['Host', 'a', 'host', 'a']), 'request_malformed')
})

t.test('refuses two Authorization headers, even equal ones', async (t) => {
  t.equal(read(['Authorization', 'Bearer x', 'authorization', 'Bearer x']), 'credential_conflict')
})

t.test('reads a header without value as empty', async (t) => {
  t.equal(readFields(['Authorization']).authorization, '')
})

t.test('refuses a request target longer than the limit', async (t) => {
  t.match(read([], { url: `/${'a'.repeat(9)}` }), { host: '' })
  t.equal(read([], { url: `/${'a'.repeat(10)}` }), 'url_too_long')
})

t.test('refuses more header lines than the limit', async (t) => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => [`X-${i}`, '1']).flat()
  t.match(read(lines(4)), { host: '' })
  t.equal(read(lines(5)), 'headers_too_large')
})

t.test('knows a preflight by its method and its two headers, each once', async (t) => {
  const origin = ['Origin', 'https://app.example']
  const requested = ['Access-Control-Request-Method', 'PUT']
  const method = 'OPTIONS'
  t.match(read([...origin, ...requested], { method }), { preflight: true })
  t.match(read([...requested, ...origin], { method }), { preflight: true })
  t.match(read([...origin, ...requested], { method: 'GET' }), { preflight: false }, 'another method')
  t.match(read(origin, { method }), { preflight: false }, 'without the requested method')
  t.match(read(requested, { method }), { preflight: false }, 'without origin')
  t.match(read([...origin, ...origin], { method }), { preflight: false }, 'two origins')
  t.match(read([...requested, ...requested], { method }), { preflight: false }, 'two requested methods')
  for (const name of ['X-HTTP-Method-Override', 'x_http_method', 'Destination', 'X-Amz-Copy-Source']) {
    const further = [...origin, ...requested, name, 'DELETE']
    t.match(read(further, { method }), { preflight: false }, `${name}, which no browser sends with it`)
  }
  t.match(read([...origin, ...requested, ...requested], { method }), { preflight: false }, 'an origin and two methods')
  t.match(read([...origin, ...origin, ...requested], { method }), { preflight: false }, 'two origins and a method')
})

t.test('takes no other header of the same length for one it wants', async (t) => {
  const lines = ['Hos7', 'a', 'Authorizatiom', 'Bearer x', 'Origim', 'x', 'Access-Control-Request-Methoe', 'PUT']
  t.strictSame(read(lines, { method: 'OPTIONS' }), { host: '', preflight: false })
  t.equal(readFields(lines).authorization, undefined)
})

t.test('takes chunks for the only coding of a request body', async (t) => {
  t.match(read(['Host', 'a', 'Transfer-Encoding', 'Chunked']), { host: 'a' })
  for (const coding of ['identity', 'gzip, chunked', '"chunked"', ',chunked', '']) {
    t.equal(read(['Host', 'a', 'Transfer-Encoding', coding]), 'request_malformed', coding)
  }
})

t.test('refuses TRACE, whose answer would show credentials', async (t) => {
  t.equal(read(['Host', 'a'], { method: 'TRACE' }), 'method_not_allowed')
})

t.test('knows one expectation, on one line, and none in HTTP/1.0 (FLD-45)', async (t) => {
  t.match(read(['Host', 'a', 'Expect', '100-Continue']), { host: 'a' })
  t.match(read(['Host', 'a', 'Expect', 'tea'], { httpVersion: '1.0' }), { host: 'a' })
  t.equal(read(['Host', 'a', 'Expect', 'tea']), 'expectation_failed')
  t.equal(read(['Host', 'a', 'Expect', '100-continue', 'Expect', '100-continue']), 'expectation_failed')
})
