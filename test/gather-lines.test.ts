import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { gatherLines } from '../src/gather-lines.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Writes down what it is told; what it would begin to write by itself counts as begun. */
function createStream() {
  const done: string[] = []
  const stream = {
    minLength: 1,
    write(lines: string) {
      done.push(lines.length >= this.minLength ? lines : `kept ${lines}`)
      return true
    },
    flush(told?: () => void) {
      done.push('flush')
      told?.()
    },
    flushSync: () => void done.push('flushSync'),
  }
  gatherLines(stream)
  return { stream, done }
}

t.test('writes the lines of a turn at its end, as one, and those of the next apart', async (t) => {
  const { stream, done } = createStream()
  t.ok(stream.write('a\n'))
  t.ok(stream.write('b\n'))
  t.strictSame(done, [])
  await turn()
  t.strictSame(done, ['a\nb\n'])
  stream.write('c\n')
  await turn()
  await turn()
  t.strictSame(done, ['a\nb\n', 'c\n'])
})

t.test('writes what one turn has too much of before its end', async (t) => {
  const { stream, done } = createStream()
  const line = `${'x'.repeat(1023)}\n`
  for (let count = 0; count < 17; count++) stream.write(line)
  t.strictSame(done, [line.repeat(16)])
  await turn()
  t.strictSame(done, [line.repeat(16), line])
})

t.test('a flush writes what was gathered first, and once', async (t) => {
  const { stream, done } = createStream()
  stream.write('a\n')
  await new Promise<void>((resolve) => stream.flush(resolve))
  t.strictSame(done, ['a\n', 'flush'])
  stream.write('b\n')
  await turn()
  t.strictSame(done, ['a\n', 'flush', 'b\n'])
})

t.test('what a flush at once is for is not left to a write that nobody waits for', async (t) => {
  const { stream, done } = createStream()
  stream.write('a\n')
  stream.flushSync()
  stream.write('b\n')
  await turn()
  t.strictSame(done, ['kept a\n', 'flushSync', 'b\n'])
})

t.test('a flush of nothing writes nothing', async (t) => {
  const { stream, done } = createStream()
  stream.flushSync()
  stream.flush()
  t.strictSame(done, ['flushSync', 'flush'])
})

/** The stream of pino, into a file. */
async function createFile(t: Test) {
  const dest = join(mkdtempSync(join(tmpdir(), 'cogate-')), 'log')
  const stream = pino.destination({ dest, sync: false, minLength: 1 })
  await new Promise((resolve) => stream.once('ready', resolve))
  t.teardown(() => stream.destroy())
  gatherLines(stream)
  return { stream, text: () => readFileSync(dest, 'utf8') }
}

t.test('lines are in the file when a flush at once returns', async (t) => {
  const { stream, text } = await createFile(t)
  stream.write('a\n')
  stream.write('b\n')
  stream.flushSync()
  t.equal(text(), 'a\nb\n')
  stream.write('c\n')
  stream.flushSync()
  t.equal(text(), 'a\nb\nc\n')
})

t.test('lines are in the file when a flush has called back', async (t) => {
  const { stream, text } = await createFile(t)
  stream.write('a\n')
  stream.write('b\n')
  await new Promise<void>((resolve) => stream.flush(() => resolve()))
  t.equal(text(), 'a\nb\n')
})
