/** What a process holds when nothing is left to collect. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Of the heap and what hangs on it. */
export function readHeldBytes(): number {
  // What a first round finalises goes with the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
