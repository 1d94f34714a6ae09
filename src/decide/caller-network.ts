/**
 * A client address to the network that counts as one caller. Whoever has one IPv6 address has a /64 of them (RFC 4291
 * section 2.5.4).
 */
import { isIP } from 'node:net'

/** A text of its own: part of a header would keep the whole header. What is no address stays as it is. */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%', 1)
  const family = isIP(bare)
  if (family === 0) return address
  const v4 = family === 4 ? bare : /^::ffff:([\d.]+)$/i.exec(bare)?.[1]
  return v4 === undefined ? `${firstGroups(bare).join(':')}::/64` : v4.split('.').map(Number).join('.')
}

/** Four of the eight groups, `::` expanded. */
function firstGroups(address: string): readonly string[] {
  const [left = '', right] = address.split('::')
  const groups = groupsOf(left)
  const missing = right === undefined ? 0 : 8 - groups.length - groupsOf(right).length
  const all = [...groups, ...new Array<string>(missing).fill('0'), ...groupsOf(right ?? '')]
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
}

/** An IPv4 address at the end is two of them; which two is of no matter to the first four. */
function groupsOf(part: string): readonly string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
