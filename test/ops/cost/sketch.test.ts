/** Estimates against an exact count. The hashes are those of the numbers from 0 on, so every run sees the same. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { Sketch } from '../../../src/ops/cost/sketch.ts'

const hashOf = (text: string): bigint => createHash('sha256').update(text).digest().readBigUInt64BE(0)

function fill(sketch: Sketch, from: number, to: number, seed = ''): Sketch {
  for (let value = from; value < to; value++) sketch.add(hashOf(`${seed}${value}`))
  return sketch
}

function error(sketch: Sketch, truth: number): number {
  return Math.abs(sketch.estimate() - truth) / truth
}

t.test(
  'an empty sketch is 0, a few values are counted exactly, and a value that comes again counts once',
  async (t) => {
    const sketch = new Sketch()
    t.equal(sketch.estimate(), 0)
    for (let truth = 1; truth <= 50; truth++) {
      const hash = hashOf(`a${truth}`)
      t.equal(sketch.add(hash), true)
      t.equal(sketch.add(hash), false)
      t.equal(sketch.estimate(), truth)
    }
  },
)

t.test('up to a million values the estimate is within 2 %', async (t) => {
  const sketch = new Sketch()
  const marks = [100, 1000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
  for (const [at, mark] of marks.entries()) {
    fill(sketch, marks[at - 1] ?? 0, mark)
    t.ok(error(sketch, mark) < 0.02, `${mark}: ${sketch.estimate()}`)
  }
  t.equal(sketch.registers.byteLength, 16 * 1024)
})

t.test('over many sketches the mean is the truth, and the error is what is promised', async (t) => {
  const truth = 20_000
  const errors = Array.from(
    { length: 40 },
    (_, seed) => fill(new Sketch(), 0, truth, `s${seed}-`).estimate() / truth - 1,
  )
  const mean = errors.reduce((sum, one) => sum + one, 0) / errors.length
  const deviation = Math.sqrt(errors.reduce((sum, one) => sum + one * one, 0) / errors.length)
  t.ok(Math.abs(mean) < 0.003, `mean ${mean}`)
  t.ok(deviation < 0.008, `deviation ${deviation}`)
})

t.test('merged sketches are the sketch of all values, in any order, and again', async (t) => {
  const whole = fill(new Sketch(), 0, 30_000)
  const parts = [fill(new Sketch(), 0, 15_000), fill(new Sketch(), 10_000, 25_000), fill(new Sketch(), 25_000, 30_000)]
  for (const order of [parts, parts.toReversed(), [...parts, ...parts]]) {
    const merged = new Sketch()
    for (const part of order) merged.merge(part)
    t.same(merged.registers, whole.registers)
    t.equal(merged.merge(whole), false)
  }
})

t.test(
  'the levels of a register: the highest one and the two below are kept, and any other is forgotten',
  async (t) => {
    const level = (number: number): bigint => 1n << BigInt(50 - number)
    const sketch = new Sketch()
    const registers: number[] = []
    for (const one of [3, 3, 1, 2, 6, 5, 9, 51]) {
      sketch.add(one === 51 ? 0n : level(one))
      registers.push(sketch.registers[0] ?? 0)
    }
    const word = (high: number, below: number): number => (high << 2) | below
    t.same(registers, [
      ...[word(3, 0), word(3, 0), word(3, 0b01), word(3, 0b11)],
      ...[word(6, 0), word(6, 0b10), word(9, 0), word(51, 0)],
    ])
    t.equal(new Sketch(Uint8Array.from(sketch.registers)).estimate(), sketch.estimate())
    const [first] = [sketch.registers.findIndex((register) => register !== 0)]
    t.equal(first, 0)
    t.throws(() => new Sketch(new Uint8Array(7)), { name: 'RangeError' })
  },
)
