/**
 * The bytes of a head or a line that has not ended yet. Adding to them costs what is added, not what is held: a head that
 * comes byte by byte must never cost the square of its length.
 */

const nothing = Buffer.alloc(0)

export class PartialBytes {
  #buffer: Buffer = nothing
  #length = 0
  #scanned = 0

  /** So many of the bytes that `join` returned had been looked at before. */
  get scanned(): number {
    return this.#scanned
  }

  /** Returns what is held with the chunk behind it, and holds nothing from here on. */
  join(chunk: Buffer): Buffer {
    this.#scanned = this.#length
    if (this.#length === 0) return chunk
    const length = this.#length + chunk.length
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(length * 2)
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length = 0
    return this.#buffer.subarray(0, length)
  }

  /** All of the bytes that `join` returned have been looked at, and the held ones are no part of what follows. */
  take(): void {
    this.#buffer = nothing
    this.#scanned = 0
  }

  /** Holds these bytes, all of which have been looked at. They may be what `join` returned, or the end of it. */
  keep(bytes: Buffer): void {
    const isJoined = bytes.buffer === this.#buffer.buffer && bytes.byteOffset === this.#buffer.byteOffset
    if (!isJoined) this.#buffer = Buffer.from(bytes)
    this.#length = bytes.length
  }
}
