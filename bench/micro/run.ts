/**
 * `npm run bench:micro`: nanoseconds per call of the parts of the walk, in this process. The median of several batches;
 * compare figures of one run only.
 */
import { cases } from './cases.ts'
import { measureNanos } from './measure.ts'

console.log('| | ns/call | least | greatest |\n|---|---:|---:|---:|')
for (const { name, call } of await cases()) {
  const { median, min, max } = measureNanos(call)
  console.log(`| ${name} | ${median.toFixed(0)} | ${min.toFixed(0)} | ${max.toFixed(0)} |`)
}
