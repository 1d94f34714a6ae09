/**
 * The buffer in which tokens are decoded and verified: one for all of them, because a buffer per token would be garbage
 * outside the heap. Its bytes are one token's for the length of one synchronous call and never longer.
 */

/**
 * What `use` may return. A buffer would show the bytes of the next token, and a promise would mean that `work` waits.
 */
type Taken = string | boolean | undefined

export class Scratch {
  /** In bytes: there is no room for a longer token. */
  readonly size: number
  readonly #bytes: Buffer
  #isInUse = false

  constructor(size: number) {
    this.size = size
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  /**
   * Lends the bytes to `work`, which finds an earlier token in them and has to write before it reads. Throws an Error,
   * which is a defect, when `work` uses the buffer a second time from within, or returns anything but text or a
   * boolean.
   */
  use<T extends Taken>(work: (bytes: Buffer) => T): T {
    if (this.#isInUse) throw new Error('the scratch buffer is in use: its bytes would be overwritten')
    this.#isInUse = true
    try {
      return refuseOther(work(this.#bytes))
    } finally {
      this.#isInUse = false
    }
  }

  /** The same ASCII text with memory of its own: V8 keeps a whole string alive through a part of it. */
  copy(text: string): string {
    return this.use((bytes) => bytes.toString('latin1', 0, bytes.write(text, 'latin1')))
  }
}

/** An `async` function returns a promise, and goes on with the bytes of another token. */
function refuseOther<T extends Taken>(taken: T): T {
  if (taken === undefined || typeof taken === 'string' || typeof taken === 'boolean') return taken
  throw new Error('only text or a boolean may leave the scratch buffer')
}
