/** The buffer of the verifier: code that would read the bytes of another token gets an error. */
import { setImmediate as turnOfLoop } from 'node:timers/promises'
import t from 'tap'
import { Scratch } from '../../src/tokens/scratch.ts'

/** Called as by code without types. */
const untyped = (scratch: Scratch) => scratch.use.bind(scratch) as (work: (bytes: Buffer) => unknown) => unknown

t.test('lends its bytes for one call and gives back what the call found in them', async (t) => {
  const scratch = new Scratch(8)
  t.equal(scratch.size, 8)
  t.equal(
    scratch.use((bytes) => bytes.length === 8 && bytes.write('abc') === 3),
    true,
  )
  t.equal(
    scratch.use(() => undefined),
    undefined,
  )
})

t.test('gives a text back as it was', async (t) => {
  const text = 'eyJhbGciOiJSUzI1NiJ9.e30._-09AZaz'
  t.equal(new Scratch(100).copy(`Bearer ${text}`.slice(7)), text)
})

t.test('refuses a use within another one, and serves the next one after it', async (t) => {
  const scratch = new Scratch(8)
  const inUse = /the scratch buffer is in use/
  t.throws(() => scratch.use((bytes) => bytes.toString('latin1', 0, 1) + scratch.copy('x')), inUse)
  t.throws(() => scratch.use(() => scratch.use(() => 'x')), inUse)
  t.equal(scratch.copy('y'), 'y')
})

t.test('refuses to be waited with: after the wait the bytes are those of another token', async (t) => {
  const scratch = new Scratch(8)
  const readLate = async (bytes: Buffer) => {
    bytes.write('mine')
    await turnOfLoop()
    return bytes.toString('latin1', 0, 4)
  }
  // @ts-expect-error A promise may not leave.
  t.throws(() => scratch.use(readLate), /only text or a boolean may leave/)
})

t.test('refuses to let its bytes out', async (t) => {
  const scratch = new Scratch(8)
  for (const taken of [
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes.subarray(1),
    (bytes: Buffer) => ({ bytes }),
    (bytes: Buffer) => () => bytes,
  ]) {
    t.throws(() => untyped(scratch)(taken), /only text or a boolean may leave/)
  }
})

t.test('serves again after what it was lent for has failed', async (t) => {
  const scratch = new Scratch(8)
  const fail = (): string => {
    throw new RangeError('no such text')
  }
  t.throws(() => scratch.use(fail), RangeError)
  t.equal(scratch.copy('abc'), 'abc')
})
