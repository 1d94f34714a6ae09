/**
 * The part of WebSocket framing (RFC 6455 section 5.2) that a tunnel needs: where a frame ends, and how to write a
 * close frame. It must never look at a payload.
 */
import { randomBytes } from 'node:crypto'

const closeOpcode = 8
const maskBit = 0x80

/**
 * Tracks frame boundaries in one direction, across any chunking. Its answers mean nothing if the bytes are not
 * WebSocket frames.
 */
export class FrameTracker {
  #headerBytes = 0
  #headerLength = 2
  #lengthEnd = 2
  #length = 0
  #payloadLeft = 0
  #isClose = false

  /** The bytes so far end with a whole frame, so a frame of our own may follow. */
  get isAtBoundary(): boolean {
    return this.#headerBytes === 0 && this.#payloadLeft === 0
  }

  /** The last whole frame was a close frame, which no frame may follow. */
  get isClosed(): boolean {
    return this.#isClose && this.isAtBoundary
  }

  /** Reads all bytes, or with `toBoundary` only those up to the end of the current frame. Returns how many it read. */
  advance(bytes: Uint8Array, toBoundary = false): number {
    let at = 0
    while (at < bytes.length && !(toBoundary && this.isAtBoundary)) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, bytes.length - at)
        this.#payloadLeft -= taken
        at += taken
      } else {
        this.#readHeader(bytes[at] ?? 0)
        at++
      }
    }
    return at
  }

  #readHeader(byte: number): void {
    const index = this.#headerBytes++
    if (index === 0) this.#isClose = (byte & 0x0f) === closeOpcode
    else if (index === 1) this.#readShortLength(byte)
    else if (index < this.#lengthEnd) this.#length = this.#length * 256 + byte
    if (index < 1 || this.#headerBytes < this.#headerLength) return
    this.#headerBytes = 0
    this.#payloadLeft = this.#length
  }

  #readShortLength(byte: number): void {
    const short = byte & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    this.#length = extended === 0 ? short : 0
    this.#lengthEnd = 2 + extended
    this.#headerLength = this.#lengthEnd + ((byte & maskBit) === 0 ? 0 : 4)
  }
}

/** A close frame as a server sends it. `reason` has at most 123 bytes in UTF-8. */
export function closeFrame(code: number, reason = ''): Buffer {
  const payload = closePayload(code, reason)
  return Buffer.concat([Buffer.from([0x80 | closeOpcode, payload.length]), payload])
}

/** A close frame as a client sends it: masked (RFC 6455 section 5.3). `reason` has at most 123 bytes in UTF-8. */
export function maskedCloseFrame(code: number, reason = ''): Buffer {
  const payload = closePayload(code, reason)
  const mask = randomBytes(4)
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x80 | closeOpcode, maskBit | payload.length]), mask, masked])
}

function closePayload(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return payload
}
