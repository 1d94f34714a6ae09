import t from 'tap'
import { gatherLines } from '../src/gather-lines.ts'

function createStream() {
  const done: string[] = []
  const stream = {
    write: (lines: string) => done.push(lines) > 0,
    flush: (told?: () => void) => {
      done.push('flush')
      told?.()
    },
    flushSync: () => void done.push('flushSync'),
  }
  gatherLines(stream)
  return { stream, done }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

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

t.test('a flush writes what was gathered first, and once', async (t) => {
  const { stream, done } = createStream()
  stream.write('a\n')
  await new Promise<void>((resolve) => stream.flush(resolve))
  t.strictSame(done, ['a\n', 'flush'])
  stream.write('b\n')
  stream.flushSync()
  await turn()
  t.strictSame(done, ['a\n', 'flush', 'b\n', 'flushSync'])
})

t.test('a flush of nothing writes nothing', (t) => {
  const { stream, done } = createStream()
  stream.flushSync()
  stream.flush()
  t.strictSame(done, ['flushSync', 'flush'])
  t.end()
})
