import t from 'tap'
import {
  acceptsRequestId,
  callerOrigin,
  compileTrust,
  createPeer,
  type ForwardedClaims,
  forwardedLines,
  isForwardingName,
  namesPath,
  noClaims,
} from '../../src/headers/forwarded.ts'
import { readLines } from '../../src/headers/lines.ts'

const flat = (...facts: Parameters<typeof forwardedLines>) => readLines(forwardedLines(...facts)).flat()
const sender = { address: '192.0.2.7', encrypted: false, localPort: 8181 }
const peer = createPeer(sender)

t.test('trusts nobody unless told to', async (t) => {
  const isTrusted = compileTrust([])
  for (const address of ['127.0.0.1', '::1', '10.0.0.1']) t.equal(isTrusted(address), false, address)
})

t.test('trusts the addresses of the configured networks alone', async (t) => {
  const isTrusted = compileTrust(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'])
  for (const address of ['10.0.0.0', '10.255.255.255', '192.0.2.1', '2001:db8::1', '::1', '::ffff:10.1.2.3']) {
    t.equal(isTrusted(address), true, address)
  }
  for (const address of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '::2', '::ffff:11.0.0.1', '127.0.0.1']) {
    t.equal(isTrusted(address), false, address)
  }
  const inTurn = ['10.0.0.1', '10.0.0.1', '11.0.0.1', '11.0.0.1', '10.0.0.1'].map(isTrusted)
  t.same(inTurn, [true, true, false, false, true])
})

t.test('trusts no peer without an IP address', async (t) => {
  const isTrusted = compileTrust(['0.0.0.0/0', '::/0'])
  for (const address of ['', '/run/socket', 'localhost', 'fe80::1%eth0x%']) t.equal(isTrusted(address), false, address)
})

t.test('knows the names that only a trusted proxy may send', async (t) => {
  const names = ['x-forwarded-for', 'x-forwarded-anything', 'x-original-url', 'forwarded', 'x-real-ip', 'x-rewrite-url']
  const paths = ['x-original-uri', 'x-envoy-original-path', 'x-script-name', 'x-accel-mapping', 'x-http-host-override']
  for (const name of [...names, ...paths]) t.equal(isForwardingName(name), true, name)
  for (const name of [...paths, 'x-rewrite-url']) t.equal(namesPath(name), true, name)
  for (const name of ['x-forwarded-for', 'x-real-ip', 'x-accel-expires']) t.equal(namesPath(name), false, name)
  // Programs that look through many names for the address of the caller take the first that they find.
  const addresses = ['x-forwarded', 'forwarded-for', 'client-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip']
  for (const name of addresses) t.same([isForwardingName(name), namesPath(name)], [true, false], name)
  for (const name of ['x-forwardedfor', 'forwards', 'via', 'x-real-ip-2', 'client-ips', 'x-client-id'])
    t.equal(isForwardingName(name), false, name)
})

t.test('says where the request came from', async (t) => {
  t.strictSame(flat(peer, undefined, 'app.example:8443'), [
    ...['X-Forwarded-For', '192.0.2.7'],
    ...['X-Forwarded-Proto', 'http'],
    ...['X-Forwarded-Port', '8181'],
    ...['X-Forwarded-Host', 'app.example:8443'],
  ])
})

t.test('says https of an encrypted connection and nothing of an absent host', async (t) => {
  t.strictSame(flat(createPeer({ address: '2001:db8::1', encrypted: true, localPort: 443 }), undefined, ''), [
    ...['X-Forwarded-For', '2001:db8::1'],
    ...['X-Forwarded-Proto', 'https'],
    ...['X-Forwarded-Port', '443'],
  ])
})

t.test('writes an IPv4-mapped address as IPv4', async (t) => {
  const [, address] = flat(createPeer({ ...sender, address: '::ffff:192.0.2.7' }), undefined, '')
  t.equal(address, '192.0.2.7')
})

t.test('appends itself to what a trusted proxy said', async (t) => {
  const claims = { for: '198.51.100.1', proto: 'https', host: 'public.example', port: '443' }
  t.strictSame(flat(peer, claims, 'app.example'), [
    ...['X-Forwarded-For', '198.51.100.1, 192.0.2.7'],
    ...['X-Forwarded-Proto', 'https'],
    ...['X-Forwarded-Port', '443'],
    ...['X-Forwarded-Host', 'public.example'],
  ])
})

t.test('the port is the one that the trusted proxy was reached on, never ours (FLD-14)', async (t) => {
  const portOf = (claims: Partial<ForwardedClaims>, host = 'app.example') => {
    const lines = flat(peer, { ...noClaims, ...claims }, host)
    const at = lines.indexOf('X-Forwarded-Port')
    return at === -1 ? undefined : lines[at + 1]
  }
  t.equal(portOf({ proto: 'https', host: 'public.example' }), '443')
  t.equal(portOf({ proto: 'https', host: 'public.example:8443' }), '8443')
  t.equal(portOf({ proto: 'http, https' }), '443', 'the nearest proxy counts')
  t.equal(portOf({ proto: 'https' }, 'app.example:8443'), '8443')
  t.equal(portOf({ proto: 'http' }), '80')
  t.equal(portOf({ host: 'public.example' }), undefined, 'nothing is known, so nothing is said')
  t.equal(portOf({ proto: 'https', port: '9443' }), '9443')
})

t.test('accepts a request id that is harmless to log', async (t) => {
  for (const id of ['a', '4bf92f35-77b3', 'Root=1-67891233-abcdef012345678912345678', 'x'.repeat(128)]) {
    t.equal(acceptsRequestId(id), true, id)
  }
  for (const id of [undefined, '', 'a b', 'a"b', 'a\nb', 'é', 'a,b', 'x'.repeat(129)]) {
    t.equal(acceptsRequestId(id), false, JSON.stringify(id))
  }
})

t.test('the origin of the caller is what is believed of scheme, host and port', async (t) => {
  const plain = { address: '192.0.2.7', encrypted: false, localPort: 8181 }
  const secure = { ...plain, encrypted: true }
  t.equal(callerOrigin(plain, noClaims, 'app.example:8080'), 'http://app.example:8080')
  t.equal(callerOrigin(secure, noClaims, 'app.example'), 'https://app.example')
  const cases = [
    [{ proto: 'https' }, 'https://app.example'],
    [{ proto: 'wss' }, 'https://app.example'],
    [{ proto: 'http, HTTPS' }, 'https://app.example'],
    [{ proto: 'gopher' }, 'http://app.example'],
    [{ host: 'a.example, b.example' }, 'http://b.example'],
    [{ host: '[::1]:99' }, 'http://[::1]:99'],
    [{ host: 'b.example:99', port: '8443' }, 'http://b.example:99'],
    [{ proto: 'https', port: '8443' }, 'https://app.example:8443'],
    [{ proto: 'https', port: '443' }, 'https://app.example'],
    [{ proto: 'https', port: '80' }, 'https://app.example'],
    [{ port: 'x' }, 'http://app.example'],
    [{ host: 'evil.example/x' }, undefined],
    [{ host: 'u@evil.example' }, undefined],
  ] as const
  for (const [claims, wanted] of cases) {
    t.equal(callerOrigin(plain, { ...noClaims, ...claims }, 'app.example'), wanted, JSON.stringify(claims))
  }
  t.equal(callerOrigin(plain, noClaims, ''), undefined)
})
