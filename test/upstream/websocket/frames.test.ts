import fc from 'fast-check'
import t from 'tap'
import { closeFrame, FrameTracker, maskedCloseFrame } from '../../../src/upstream/websocket/frames.ts'

interface Frame {
  readonly opcode: number
  readonly size: number
  readonly mask: boolean
  readonly fin: boolean
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    size: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000)),
    mask: fc.boolean(),
    fin: fc.boolean(),
  }),
  { maxLength: 12 },
)

/** RFC 6455 section 5.2, as a writer reads it. */
function encode({ opcode, size, mask, fin }: Frame): Buffer {
  const short = size < 126 ? size : size < 65_536 ? 126 : 127
  const extended = Buffer.alloc(short === 127 ? 8 : short === 126 ? 2 : 0)
  if (short === 126) extended.writeUInt16BE(size)
  if (short === 127) extended.writeBigUInt64BE(BigInt(size))
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, (mask ? 0x80 : 0) | short])
  return Buffer.concat([head, extended, Buffer.alloc(mask ? 4 : 0, 0x88), Buffer.alloc(size, 0x88)])
}

t.test('is at a boundary after each frame and nowhere within one, however the bytes are cut', async (t) => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 80_000 })), (list, cuts) => {
      const encoded = list.map(encode)
      const boundaries = new Set([0])
      let total = 0
      for (const { length } of encoded) {
        total += length
        boundaries.add(total)
      }
      const bytes = Buffer.concat(encoded)
      const tracker = new FrameTracker()
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + (cuts.shift() ?? 7))
        at += tracker.advance(piece)
        if (tracker.isAtBoundary !== boundaries.has(at)) return false
      }
      return true
    }),
  )
  t.pass('every cut')
})

t.test('takes no more than the frame under way when it is told to stop at its end', async (t) => {
  fc.assert(
    fc.property(frames, fc.nat(200_000), (list, offset) => {
      const encoded = list.map(encode)
      const bytes = Buffer.concat(encoded)
      const start = Math.min(offset, bytes.length)
      const tracker = new FrameTracker()
      tracker.advance(bytes.subarray(0, start))
      let end = 0
      for (const { length } of encoded) if (end < start) end += length
      return start + tracker.advance(bytes.subarray(start), true) === end && tracker.isAtBoundary
    }),
  )
  t.pass('every offset')
})

t.test('knows a close frame as the last once it is complete', async (t) => {
  const tracker = new FrameTracker()
  tracker.advance(encode({ opcode: 1, size: 3, mask: false, fin: true }))
  t.equal(tracker.isClosed, false)
  const close = closeFrame(1000, 'bye')
  tracker.advance(close.subarray(0, 4))
  t.equal(tracker.isClosed, false)
  tracker.advance(close.subarray(4))
  t.equal(tracker.isClosed, true)
})

t.test('writes a close frame as a server does', async (t) => {
  t.equal(closeFrame(1008, 'token_expired').toString('latin1'), '\x88\x0f\x03\xf0token_expired')
  t.equal(closeFrame(1001).toString('latin1'), '\x88\x02\x03\xe9')
})

t.test('writes a close frame as a client does', async (t) => {
  const frame = maskedCloseFrame(1008, 'token_expired')
  t.equal(frame.toString('latin1', 0, 2), '\x88\x8f')
  const mask = frame.subarray(2, 6)
  const payload = frame.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  t.equal(Buffer.from(payload).toString('latin1'), '\x03\xf0token_expired')
})

t.test('masks every close frame with a key of its own', async (t) => {
  const seen = new Set(Array.from({ length: 20 }, () => maskedCloseFrame(1001).toString('hex')))
  t.ok(seen.size > 15)
})
