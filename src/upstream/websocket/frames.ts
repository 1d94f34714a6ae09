/**
 * WebSocket framing (RFC 6455 section 5.2), no more of it than a tunnel needs: where one frame ends and the next begins,
 * and close frames of our own. Payloads are never looked at.
 */
import { randomBytes } from 'node:crypto'

const closeOpcode = 8
const maskBit = 0x80

/** Follows the frames of one direction, however the bytes are cut. Of bytes that are no frames it says something wrong. */
export class FrameTracker {
  #headerBytes = 0
  #headerLength = 2
  #lengthEnd = 2
  #length = 0
  #payloadLeft = 0
  #isClose = false

  /** Between two frames: a frame of our own may follow here. */
  get isAtBoundary(): boolean {
    return this.#headerBytes === 0 && this.#payloadLeft === 0
  }

  /** The last frame was a close frame: nothing may follow it. */
  get isClosed(): boolean {
    return this.#isClose && this.isAtBoundary
  }

  /** Takes all bytes, or those that end the current frame; returns how many it took. */
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

/** As a server sends it. The reason has 123 bytes at most. */
export function closeFrame(code: number, reason = ''): Buffer {
  const payload = closePayload(code, reason)
  return Buffer.concat([Buffer.from([0x80 | closeOpcode, payload.length]), payload])
}

/** As a client sends it (RFC 6455 section 5.3). */
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
