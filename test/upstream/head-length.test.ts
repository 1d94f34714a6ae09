import t from 'tap'
import { ResponseReader } from '../../src/upstream/response-reader.ts'

function read(pieces: readonly Buffer[]): string {
  let outcome = 'not whole'
  const onEnd = () => {
    outcome = 'whole'
  }
  const reader = new ResponseReader({ onHead: () => undefined, onBody: () => undefined, onEnd })
  reader.expect('GET')
  try {
    for (const piece of pieces) if (piece.length > 0) reader.push(piece)
  } catch (error) {
    return (error as Error).message
  }
  return outcome
}

t.test('a head of exactly 64 KiB is read and a longer one is not, wherever it is cut', async (t) => {
  for (const more of [-1, 0, 1]) {
    const start = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: '
    const whole = Buffer.from(`${start}${'x'.repeat(64 * 1024 - start.length + more)}\r\n\r\n`)
    const cuts = [0, 1, 2, 3, 4, 5, 6].map((left) => whole.length - left)
    const outcomes = cuts.map((at) => read([whole.subarray(0, at), whole.subarray(at)]))
    t.same(new Set(outcomes), new Set([more > 0 ? 'head too large' : 'whole']), `${more}`)
  }
})
