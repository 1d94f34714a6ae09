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

const boundaries = [0, 1, 4095, 4096, 8191, 8192, 8193, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537]
const bodySizes = [...boundaries, ...boundaries, 1024 ** 2 - 1, 1024 ** 2, 1024 ** 2 + 1]

interface Shape {
  readonly status: string
  /** Bytes of head, about. */
  readonly head: number
  readonly body: number
  readonly zeros: number
  readonly framing: 'length' | 'chunked' | 'none'
  readonly field: string
  readonly behind: string
}

/** Whole answers at every boundary, with padded and zero lengths, and with something behind them. */
const shaped = fc
  .record<Shape>({
    status: fc.constantFrom(
      '200 OK',
      '200 OK',
      '201',
      '206 Partial',
      '204 No',
      '304 Not',
      '404 No',
      '500 Oops',
      '599 x',
    ),
    head: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(...boundaries) }),
    body: fc.oneof({ weight: 3, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.constantFrom(...bodySizes) }),
    zeros: fc.nat(13),
    framing: fc.constantFrom('length', 'length', 'chunked', 'none'),
    field: fc.constantFrom(
      '',
      '',
      '',
      'Connection: close\r\n',
      'Keep-Alive: timeout=1\r\n',
      'Set-Cookie: sid=alice\r\n',
    ),
    behind: fc.constantFrom('', '', '', '', '\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'),
  })
  .map(writeShape)

function writeShape({ status, head, body, zeros, framing, field, behind }: Shape): string {
  const content = 'b'.repeat(body)
  const padding = '0'.repeat(zeros)
  const start = `HTTP/1.1 ${status}\r\n${field}${head > 60 ? `X-Long: ${'x'.repeat(head - 60)}\r\n` : ''}`
  if (framing === 'none') return `${start}\r\n${content}${behind}`
  if (framing === 'length')
    return `${start}Content-Length: ${padding.slice(body > 9999 ? 5 : 0)}${body}\r\n\r\n${content}${behind}`
  const chunk = body === 0 ? '' : `${padding.slice(5)}${body.toString(16)}\r\n${content}\r\n`
  return `${start}Transfer-Encoding: chunked\r\n\r\n${chunk}0${padding.slice(2)}\r\n\r\n${behind}`
}

export interface AnswerCase {
  readonly method: string
  /** Latin-1. */
  readonly bytes: string
  /** What the service does behind them; `keep` holds for whole answers only. Default: `end`. */
  readonly after?: 'keep' | 'end' | 'reset' | 'silence'
  /** Byte by byte, from the first cut on, for so many bytes. */
  readonly trickle?: number
  /** What the caller does but wait; default nothing. */
  readonly caller?: 'slow' | 'leave' | 'reset'
  /** Where the bytes are cut into pieces, as parts of the whole. */
  readonly cuts: readonly number[]
}

const cases = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'),
  bytes: fc.oneof(mutated, shaped),
  after: fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom('keep', 'keep', 'keep', 'end', 'end', 'reset') },
    { weight: 1, arbitrary: fc.constant('silence') },
  ),
  trickle: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(80) }),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  caller: fc.constantFrom(...Array.from({ length: 12 }, () => undefined), 'slow', 'leave', 'reset'),
})

/** Undefined is no value in a file. */
export const answerCases: fc.Arbitrary<AnswerCase> = cases.map(
  ({ caller, ...rest }) => (caller ? { ...rest, caller } : rest) as AnswerCase,
)

export function cutUp({ bytes, cuts, trickle = 0 }: Pick<AnswerCase, 'bytes' | 'cuts' | 'trickle'>): readonly Buffer[] {
  const whole = Buffer.from(bytes, 'latin1')
  const asked = cuts.map((cut) => Math.floor(cut * whole.length))
  const [from = 0] = asked
  const drops = Array.from({ length: trickle }, (_, index) => Math.min(from + index, whole.length))
  const places = [...asked, ...drops].toSorted((one, other) => one - other)
  const pieces = [0, ...places].map((start, index) => whole.subarray(start, places[index] ?? whole.length))
  return pieces.filter((piece) => piece.length > 0)
}
