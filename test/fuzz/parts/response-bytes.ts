/** Answers of a service as bytes: valid ones, and what mutation makes of them. */
import fc from 'fast-check'
import { mutate, mutation } from './mutations.ts'

const valid = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end',
  'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.0 200 OK\r\n\r\nold',
  'HTTP/1.1 200 OK\r\nContent-Length: 0000\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 00000005\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0005\r\nhello\r\n0000\r\n\r\n',
  'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: X-A\r\nX-A: b\r\nKeep-Alive: timeout=5\r\n\r\n',
  'HTTP/1.1 503\r\nContent-Length: 3\r\nRetry-After: 1\r\n\r\nbad',
  // An answer within an answer, and one too many.
  'HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
]

const mutated = fc
  .tuple(fc.constantFrom(...valid), fc.array(mutation, { maxLength: 4 }))
  .map(([bytes, mutations]) => mutations.reduce(mutate, bytes))

export interface AnswerCase {
  readonly method: 'GET' | 'HEAD'
  /** Latin-1; the service ends its side behind them. */
  readonly bytes: string
  /** Where the bytes are cut into pieces, as parts of the whole. */
  readonly cuts: readonly number[]
}

export const answerCases: fc.Arbitrary<AnswerCase> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD'),
  bytes: mutated,
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
})

export function cutUp({ bytes, cuts }: Pick<AnswerCase, 'bytes' | 'cuts'>): readonly Buffer[] {
  const whole = Buffer.from(bytes, 'latin1')
  const places = cuts.map((cut) => Math.floor(cut * whole.length)).toSorted((one, other) => one - other)
  return [0, ...places].map((from, index) => whole.subarray(from, places[index] ?? whole.length))
}
