/**
 * A caller whose upgrade is being asked for: what it sends ahead is kept within a bound, and that it leaves is noticed,
 * for which its bytes have to be read.
 */
import type { Socket } from 'node:net'

const maxKeptBytes = 64 * 1024

export class EarlyBytes {
  readonly #caller: Socket
  #kept: Buffer[] = []
  #size = 0

  constructor(caller: Socket) {
    this.#caller = caller
    caller.on('data', this.#keep)
    caller.once('end', this.#leave)
  }

  /** It is told nothing any more; the bytes are the next one's. */
  take(): Buffer {
    this.#caller.pause()
    this.#caller.off('data', this.#keep)
    this.#caller.off('end', this.#leave)
    return Buffer.concat(this.#kept)
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#kept.push(chunk)
    this.#size += chunk.length
    if (this.#size >= maxKeptBytes) this.#caller.pause()
  }

  readonly #leave = (): void => {
    this.#caller.destroy()
  }
}
