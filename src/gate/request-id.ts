/**
 * Request ids: in the form of a UUID, random once a process and counted from there. They tell exchanges apart in logs;
 * they are no secret and must never be used as one.
 */
import { randomInt, randomUUID } from 'node:crypto'

/** The last three hexadecimal digits: writing a large number anew for every request takes ten times as long. */
const lastDigits = Array.from({ length: 4096 }, (_, low) => low.toString(16).padStart(3, '0'))

export function createRequestIds(): () => string {
  const start = randomUUID().slice(0, 24)
  // Nine digits with them, the first of them 1: room for 10¹² ids, and no zeros to fill in.
  let high = 16 ** 8 + randomInt(16 ** 7)
  let low = 0
  let known = start + high.toString(16)
  return () => {
    if (low === lastDigits.length) {
      low = 0
      high += 1
      known = start + high.toString(16)
    }
    return known + lastDigits[low++]
  }
}
