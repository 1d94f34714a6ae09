import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { networkOf } from '../../src/decide/rate-limiter.ts'

t.test('an IPv4 address is a caller of its own, however it is written', async (t) => {
  const cases = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:FFFF:C000:0201', '192.0.2.1'],
    // What NAT64 makes of it (RFC 6052 section 2.1): all of IPv4 is in one /64 there.
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['64:FF9B::c000:201', '192.0.2.1'],
    ['64:ff9b:0:0:0:0:c000:201', '192.0.2.1'],
  ] as const
  for (const [address, network] of cases) t.equal(networkOf(address), network)
})

t.test('an IPv6 address counts as its /64', async (t) => {
  const cases = [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8::ffff:c000:201', '2001:db8:0:0::/64'],
    ['64:ff9b:1::c000:201', '64:ff9b:1:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['1:2::5:6:192.0.2.1', '1:2:0:0::/64'],
  ] as const
  for (const [address, network] of cases) t.equal(networkOf(address), network, address)
})

t.test('what is no address stays as it is', async (t) => {
  for (const text of ['', 'unknown', '1.2.3', '::ffff:999.1.1.1']) t.equal(networkOf(text), text)
})

t.test('two addresses are one caller exactly when they share their first 64 bits', async () => {
  const groups = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 8, maxLength: 8 })
  const write = (all: readonly number[]) => all.map((group) => group.toString(16)).join(':')
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      const same = one.slice(0, 4).join() === other.slice(0, 4).join()
      return (networkOf(write(one)) === networkOf(write(other))) === same && isIP(write(one)) === 6
    }),
  )
})

t.test('the shortened form is the same caller as the long one', async () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const long = new URL(`http://[${address}]`).hostname.slice(1, -1)
      return address.includes('.') || networkOf(address) === networkOf(long)
    }),
  )
})
