/**
 * The network that counts as one caller: an IPv4 address, or the /64 of an IPv6 address, because one IPv6 host usually has all
 * of a /64 (RFC 4291 section 2.5.4).
 */
import { isIP } from 'node:net'

/**
 * A new string: V8 would otherwise keep the whole header alive through a slice. A text that is no address is returned as it
 * is.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%', 1)
  const family = isIP(bare)
  if (family === 0) return address
  const v4 = family === 4 ? bare : /^::ffff:([\d.]+)$/i.exec(bare)?.[1]
  return v4 === undefined ? `${firstGroups(bare).join(':')}::/64` : v4.split('.').map(Number).join('.')
}

/** The first four of the eight groups, with `::` expanded. */
function firstGroups(address: string): readonly string[] {
  const [left = '', right] = address.split('::')
  const groups = groupsOf(left)
  const missing = right === undefined ? 0 : 8 - groups.length - groupsOf(right).length
  const all = [...groups, ...new Array<string>(missing).fill('0'), ...groupsOf(right ?? '')]
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
}

/** An IPv4 address at the end stands for two groups. Their value does not matter: only the first four groups count. */
function groupsOf(part: string): readonly string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
