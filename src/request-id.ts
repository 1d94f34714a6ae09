/**
 * Request ids: in the form of a UUID, random once a process and counted from there. They tell exchanges apart in logs;
 * they are no secret and must never be used as one.
 */
import { randomInt, randomUUID } from 'node:crypto'

/** Twelve hexadecimal digits, the first of them 1: room for 10¹³ ids, and no zeros to fill in. */
const firstCount = 2 ** 44

export function createRequestIds(): () => string {
  const start = randomUUID().slice(0, 24)
  let count = firstCount + randomInt(2 ** 40)
  return () => {
    count += 1
    return start + count.toString(16)
  }
}
