import fc from 'fast-check'
import t from 'tap'
import {
  formatAddress,
  HOST_FIELD,
  isLoopbackHost,
  isRouteHost,
  overlap,
  parseAddress,
  parseCidr,
  parseHttpUrl,
  parseUpstream,
  reachableAddress,
} from '../../../src/config/table/addresses.ts'

t.test('listen addresses are host:port, :port or [v6]:port', async (t) => {
  const cases = [
    ['0.0.0.0:8181', { host: '0.0.0.0', port: 8181 }],
    [':8181', { host: '0.0.0.0', port: 8181 }],
    ['[::]:8181', { host: '::', port: 8181 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['gate.internal:80', { host: 'gate.internal', port: 80 }],
  ] as const
  for (const [text, address] of cases) t.same(parseAddress(text), address, text)
})

t.test('this machine reaches a listener on all interfaces at loopback, and any other at its address', async (t) => {
  const cases = [
    [':9464', '127.0.0.1:9464'],
    ['[::]:9464', '[::1]:9464'],
    ['[::1]:9464', '[::1]:9464'],
    ['10.0.0.1:9464', '10.0.0.1:9464'],
    ['localhost:9464', 'localhost:9464'],
  ] as const
  for (const [text, reached] of cases) {
    const listen = parseAddress(text)
    t.equal(listen && formatAddress(reachableAddress(listen)), reached, text)
  }
})

t.test('anything else is no listen address', async (t) => {
  const cases = [
    '',
    '8181',
    ':',
    ':65536',
    ':-1',
    '0.0.0.0',
    '0.0.0:80',
    '256.0.0.1:80',
    '::1:80',
    '::',
    '[127.0.0.1]:80',
    '[::1]',
    '[::1:80',
    'http://localhost:80',
    'local host:80',
    'LOCALHOST:80',
    '-a:80',
    ':80/',
    ':8181 ',
    ':８０',
  ]
  for (const text of cases) t.equal(parseAddress(text), undefined, text)
})

t.test('a formatted address is parsed to itself', async () => {
  const host = fc.oneof(fc.ipV4(), fc.constantFrom('::', '::1', '2001:db8::7'))
  const address = fc.record({ host, port: fc.nat({ max: 65_535 }) })
  fc.assert(
    fc.property(address, (value) => {
      const parsed = parseAddress(formatAddress(value))
      return parsed?.host === value.host && parsed.port === value.port
    }),
  )
})

t.test('two addresses overlap when they would bind the same port', async (t) => {
  const cases = [
    [':80', ':80', true],
    ['127.0.0.1:80', ':80', true],
    [':80', '10.0.0.1:80', true],
    ['[::]:80', '127.0.0.1:80', true],
    ['127.0.0.1:80', '10.0.0.1:80', false],
    [':80', ':81', false],
    [':0', ':0', false],
  ] as const
  for (const [left, right, expected] of cases) {
    const [a, b] = [parseAddress(left), parseAddress(right)]
    t.equal(a && b && overlap(a, b), expected, `${left} and ${right}`)
  }
})

t.test('only loopback addresses are loopback', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.255.0.9', '[::1]', '::1']) t.ok(isLoopbackHost(host), host)
  const others = ['0.0.0.0', '10.0.0.1', '128.0.0.1', '[::]', '[::2]', 'localhost.example.com', '127.0.0.1.example.com']
  for (const host of others) t.notOk(isLoopbackHost(host), host)
})

t.test('an upstream is an origin or a socket', async (t) => {
  const cases = [
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['https://App.Example.COM', 'https://app.example.com'],
    ['http://app:80', 'http://app'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['unix:/run/app.sock', 'unix:/run/app.sock'],
    ['unix:///run/app.sock', 'unix:/run/app.sock'],
  ] as const
  for (const [text, url] of cases) t.equal(parseUpstream(text), url, text)
})

t.test('a host may be written in capitals, and an IPv6 address in any form', async (t) => {
  t.equal(parseUpstream('http://APP.Example:8080'), 'http://app.example:8080')
  t.equal(parseUpstream('http://[0:0::1]:80'), 'http://[::1]')
  t.equal(parseUpstream('http://a_b.example.'), 'http://a_b.example.')
})

t.test('an upstream carries nothing but an origin', async (t) => {
  const cases = [
    '',
    'localhost:8080',
    'http://',
    'http:127.0.0.1:8080',
    'http://user:pass@127.0.0.1:8080',
    'http://127.0.0.1:8080/api',
    'http://127.0.0.1:8080/?a',
    'http://127.0.0.1:8080/#a',
    'http://127.0.0.1:0',
    'http://127.0.0.1:99999',
    'http://127.0.0.1\\@evil.example',
    'http://127.0.0.1\t:80',
    'http://a b',
    // Other readings of an address: `10.0.5` is 10.0.0.5 to a URL parser, and a leading zero makes a number octal.
    'http://10.0.5:8080',
    'http://010.0.0.5',
    'http://0x7f.1',
    'http://2130706433',
    'http://%61.example',
    'http://a%2eexample',
    'ftp://127.0.0.1',
    'unix:',
    'unix:/',
    'unix:app.sock',
    'unix:/run/\0.sock',
  ]
  for (const text of cases) t.equal(parseUpstream(text), undefined, JSON.stringify(text))
})

t.test('a URL of keys or an issuer keeps its path and carries no credentials, query or fragment', async (t) => {
  t.equal(parseHttpUrl('https://keys.example.com/a/jwks.json')?.pathname, '/a/jwks.json')
  for (const text of [
    'https://u:p@a.example',
    'https://a.example?x',
    'https://a.example#x',
    'https://10.0.5/jwks.json',
    'https:///010.0.0.5/jwks.json',
    'https:////keys.example.com/jwks.json',
    'https://:443/jwks.json',
    'file:///etc/passwd',
    'a',
  ]) {
    t.equal(parseHttpUrl(text), undefined, text)
  }
})

t.test('a network is an address with a prefix length', async (t) => {
  const cases = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['fd00::/8', 'fd00::/8'],
    ['::1', '::1/128'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ] as const
  for (const [text, cidr] of cases) t.equal(parseCidr(text), cidr, text)
  const wrong = [
    '',
    '1',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0/8',
    '::/129',
    'fe80::1%eth0/64',
    'loopback',
    '10.0.0.0/8/8',
  ]
  for (const text of wrong) t.equal(parseCidr(text), undefined, text)
})

t.test('the host of a rule is one that a request can have, in lower case, without port (FLD-29)', async (t) => {
  for (const text of ['a', 'admin.example.com', 'xn--bcher-kva.example', '127.0.0.1', 'my_gate', '[::1]', 'a..b']) {
    t.ok(isRouteHost(text), text)
    t.ok(HOST_FIELD.test(`${text}:80`), text)
  }
  for (const text of ['', 'A.example', 'a.example:80', 'https://a', '*.a', 'a.', '[::A]', '::1', 'a b', 'ä']) {
    t.notOk(isRouteHost(text), text)
  }
})
