/**
 * Large files: the cost of loading grows with the length of the text, not with the number of pairs of keys, rules or items.
 * Four times the text takes about four times the CPU time. If the pairs counted, it would take up to 16 times.
 */
import t from 'tap'
import { threadMs } from '../fuzz/parts/time-within.ts'
import { issuesOf, POOL } from './loading.ts'
import { THINGS_TABLE } from './things.ts'

const maxGrowth = 8

function lines(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join('\n')
}

interface Large {
  readonly few: number
  readonly write: (count: number) => string
}

const files: Readonly<Record<string, Large>> = {
  'rules for paths of their own': { few: 1000, write: (n) => `routes:\n${lines(n, (i) => `  - path: /a${i}`)}` },
  'rules for one path at hosts of their own': {
    few: 1000,
    write: (n) => `routes:\n${lines(n, (i) => `  - { path: /a, host: h${i} }`)}`,
  },
  'items that hold mappings and lists': {
    few: 250,
    write: (n) => `things:\n${lines(n, (i) => `  - { name: a${i}, tls: { caFile: /a }, rules: [{ path: /a }] }`)}`,
  },
  'rules in the list of one item': {
    few: 500,
    write: (n) => `things:\n  - name: a\n    rules:\n${lines(n, (i) => `      - path: /a${i}`)}`,
  },
  'unknown keys of one mapping': { few: 4000, write: (n) => lines(n, (i) => `zzz${i}: 1`) },
}

for (const [what, { few, write }] of Object.entries(files)) {
  t.test(`${what}: four times as many take no more than ${maxGrowth} times as long`, async (t) => {
    const small = POOL + write(few)
    const large = POOL + write(few * 4)
    t.ok(large.length > small.length * 3.5)
    const growth = leastCost(large) / leastCost(small)
    t.ok(growth < maxGrowth, `${growth.toFixed(1)} times as long`)
  })
}

/** The quickest of several runs, so that garbage collection and a cold start do not count. */
function leastCost(yaml: string): number {
  const costs = Array.from({ length: 3 }, () => {
    const start = threadMs()
    issuesOf({ yaml, table: THINGS_TABLE })
    return threadMs() - start
  })
  return Math.min(...costs)
}
