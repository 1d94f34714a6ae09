import t from 'tap'
import { clientAddress as addressBehind } from '../../src/headers/client-address.ts'
import { compileTrust, type TrustCheck } from '../../src/headers/forwarded.ts'
import { readFields } from '../../src/headers/head-fields.ts'

const clientAddress = (lines: readonly string[], peer: string, isTrusted: TrustCheck) =>
  addressBehind(readFields(lines).forwardedFor, peer, isTrusted)

const isTrusted = compileTrust(['10.0.0.0/8', 'fd00::/8'])
const proxy = '10.0.0.1'
const forwarded = (...values: readonly string[]) => values.flatMap((value) => ['X-Forwarded-For', value])

t.test('is the peer when it is not trusted, whatever it says', async (t) => {
  t.equal(clientAddress(forwarded('192.0.2.1'), '198.51.100.9', isTrusted), '198.51.100.9')
  t.equal(clientAddress(forwarded('192.0.2.1'), proxy, compileTrust([])), proxy)
})

t.test('is what the nearest trusted proxy says, and never what the caller made up before it', async (t) => {
  const cases = [
    [['192.0.2.1'], '192.0.2.1'],
    [['203.0.113.5, 192.0.2.1'], '192.0.2.1'],
    [['203.0.113.5, 192.0.2.1, 10.0.0.2,10.0.0.3'], '192.0.2.1'],
    [['203.0.113.5', '192.0.2.1', '10.0.0.2'], '192.0.2.1'],
    [['10.9.9.9, 192.0.2.1'], '192.0.2.1'],
    [['2001:db8::1, fd00::5'], '2001:db8::1'],
  ] as const
  for (const [lines, address] of cases) t.equal(clientAddress(forwarded(...lines), proxy, isTrusted), address)
})

t.test('is the farthest when all are trusted, and the peer when none is named', async (t) => {
  t.equal(clientAddress(forwarded('10.0.0.9, 10.0.0.8'), proxy, isTrusted), '10.0.0.9')
  for (const headers of [[], forwarded(''), forwarded(','), ['Forwarded', 'for=192.0.2.1']]) {
    t.equal(clientAddress(headers, proxy, isTrusted), proxy)
  }
})

t.test('stops at what is no address: the proxy that said it is the caller then', async (t) => {
  t.equal(clientAddress(forwarded('192.0.2.1, unknown, 10.0.0.2'), proxy, isTrusted), '10.0.0.2')
  t.equal(
    clientAddress(forwarded('192.0.2.1, , 10.0.0.2'), proxy, isTrusted),
    '192.0.2.1',
    'an empty item is none (FLD-36)',
  )
  t.equal(clientAddress(forwarded('192.0.2.1,'), proxy, isTrusted), '192.0.2.1')
  t.equal(clientAddress(forwarded('_hidden'), proxy, isTrusted), proxy)
})

t.test('reads addresses with a port', async (t) => {
  const cases = [
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
  ] as const
  for (const [hop, address] of cases) t.equal(clientAddress(forwarded(hop), proxy, isTrusted), address)
})

t.test('knows the header in every case, and no alias of it', async (t) => {
  t.equal(clientAddress(['x-FORWARDED-for', '192.0.2.1'], proxy, isTrusted), '192.0.2.1')
  t.equal(clientAddress(['X_Forwarded_For', '192.0.2.1'], proxy, isTrusted), proxy)
})
