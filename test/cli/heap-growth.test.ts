/** Memory that V8 would rather keep than look through: bounded where it is generous, left alone where it is thrifty. */
import t from 'tap'
import { boundHeapGrowth } from '../../src/cli/heap-growth.ts'

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
