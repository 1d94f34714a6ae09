/**
 * The body of a request on its way upstream. It ends in an error as soon as it is larger than allowed. It must never
 * take the caller's connection with it: when the upstream wants no more of it, the rest is read and thrown away, for a
 * connection closed on a caller who is still sending is reset, and the answer is lost with it.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

export const bodyLimitCode = 'COGATE_BODY_LIMIT'

/** The bytes up to the limit have gone upstream by then; the request there is aborted, never completed. */
export class Upload extends Readable {
  readonly #req: IncomingMessage
  #leftBytes: number

  constructor(req: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY) {
    super()
    this.#req = req
    this.#leftBytes = maxBytes
    req.on('data', this.#add)
    req.once('end', () => this.push(null))
    req.once('error', ignore)
    req.once('close', () => this.#close())
  }

  override _read(): void {
    this.#req.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#req.off('data', this.#add)
    this.#req.resume()
    done(error)
  }

  readonly #add = (chunk: Buffer): void => {
    this.#leftBytes -= chunk.byteLength
    if (this.#leftBytes < 0) {
      this.destroy(Object.assign(new Error('body over limits.body'), { code: bodyLimitCode }))
    } else if (!this.push(chunk)) {
      this.#req.pause()
    }
  }

  #close(): void {
    if (!this.#req.complete) this.destroy(new Error('caller gone'))
  }
}

function ignore(): void {
  // `close` follows.
}
