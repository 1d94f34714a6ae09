/** What a look at the users shows. */
import { printable } from '../../printable.ts'
import type { PoolFacts } from '../facts.ts'
import type { Finding } from '../findings.ts'
import { find } from '../findings.ts'

const shown = 3

export function checkUsers({ id, pool, users }: PoolFacts): readonly Finding[] {
  const found = [find('users_count', { users: (pool.EstimatedNumberOfUsers ?? 0).toLocaleString('en') })]
  if (users === undefined) return found
  const words = (count: number) => ({ count: String(count), looked: String(users.looked), pool: id })
  const { badPhones, stale, unconfirmed, complete } = users
  const names = `${badPhones.slice(0, shown).map(printable).join(', ')}${badPhones.length > shown ? ', …' : ''}`
  if (badPhones.length > 0) found.push(find('users_phone', { ...words(badPhones.length), names }))
  if (stale > 0) found.push(find('users_stale', words(stale)))
  if (unconfirmed > 0) found.push(find('users_unconfirmed', words(unconfirmed)))
  if (!complete) found.push(find('users_sample', words(0)))
  return found
}
