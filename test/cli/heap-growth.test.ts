/** How far V8 lets the heap grow between collections: limited on large machines, unchanged on small ones. */
import t, { type Test } from 'tap'
import { boundHeapGrowth } from '../../src/cli/heap-growth.ts'
import { spawnCogate } from '../helpers/cogate-process.ts'

const gib = 1024 ** 3

function flagsFor(limitBytes: number): readonly string[] {
  const flags: string[] = []
  boundHeapGrowth({ limitBytes, setFlag: (flag) => flags.push(flag) })
  return flags
}

t.test('a heap that may be large is collected when it has doubled', async (t) => {
  t.same(flagsFor(4 * gib), ['--heap-growing-percent=100'])
  t.same(flagsFor(2 * gib), ['--heap-growing-percent=100'])
})

t.test('a heap that may not is left to V8, which collects it sooner', async (t) => {
  t.same(flagsFor(2 * gib - 1), [])
  t.same(flagsFor(128 * 1024 ** 2), [])
})

/** The factor by which the heap of a command grows after a collection. */
async function factorOf(t: Test, limitMib: number): Promise<string | undefined> {
  const collectAtEnd = "data:text/javascript,process.on('exit',()=>gc())"
  const nodeArgs = [`--max-old-space-size=${limitMib}`, '--expose-gc', '--trace-gc-verbose', '--import', collectAtEnd]
  const cogate = spawnCogate(t, ['check'], { nodeArgs, env: { NODE_OPTIONS: '' } })
  await cogate.ended
  return [...cogate.stdout.matchAll(/\[HeapController\] factor (\d+\.\d+)/g)].at(-1)?.[1]
}

t.test('a command runs so: doubled where V8 would wait for four times as much', async (t) => {
  t.equal(await factorOf(t, 4096), '2.0')
  t.equal(await factorOf(t, 256), '1.3')
})
