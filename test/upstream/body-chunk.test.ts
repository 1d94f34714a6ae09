import t from 'tap'
import { releaseOnceWritten } from '../../src/upstream/body-chunk.ts'

t.test('hands the memory of a written chunk back, once', async (t) => {
  const chunk = Buffer.from(new ArrayBuffer(64 * 1024))
  const release = releaseOnceWritten(chunk)
  t.equal(chunk.buffer.byteLength, 64 * 1024, 'not before it is written')
  release?.()
  t.equal(chunk.buffer.byteLength, 0)
  t.doesNotThrow(() => release?.())
})

t.test('leaves memory alone that the chunk does not have for itself, and what is too small to matter', async (t) => {
  const shared = new ArrayBuffer(64 * 1024)
  t.equal(releaseOnceWritten(Buffer.from(shared, 0, 32 * 1024)), undefined)
  t.equal(releaseOnceWritten(Buffer.from(new SharedArrayBuffer(64 * 1024))), undefined)
  t.equal(releaseOnceWritten(Buffer.from(new ArrayBuffer(1024))), undefined)
})
