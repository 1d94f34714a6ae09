/**
 * Reads the line before a chunk (RFC 9112 section 7.1) byte by byte, so that it is judged at its first impossible byte and
 * nothing of it is held. It must never read a line in a way in which another reader could find another size.
 */
import { ProtocolError } from './response-head.ts'

type Part = 'size' | 'blanks' | 'extension' | 'lineFeed'

const maxLineBytes = 4 * 1024
/** Twelve hexadecimal digits. */
const maxChunkBytes = 0xffff_ffff_ffff

export class ChunkLine {
  #part: Part = 'size'
  #hasDigits = false
  #size = 0
  #length = 0

  /** Bytes of the chunk behind the line. */
  get size(): number {
    return this.#size
  }

  /** Bytes of the line, with its CRLF. */
  get length(): number {
    return this.#length
  }

  /** Call this before each line. */
  start(): void {
    this.#part = 'size'
    this.#hasDigits = false
    this.#size = 0
    this.#length = 0
  }

  /** Returns how many of these bytes belong to the line, or -1 if the line does not end in them. */
  read(bytes: Uint8Array): number {
    for (let at = 0; at < bytes.length; at++) {
      if (++this.#length > maxLineBytes) throw new ProtocolError('chunk line too long')
      if (this.#isEnd(bytes[at] ?? 0)) return at + 1
    }
    return -1
  }

  #isEnd(byte: number): boolean {
    if (this.#part === 'lineFeed') {
      if (byte !== 0x0a) throw new ProtocolError('invalid chunk size')
      return true
    }
    if (this.#part === 'size' && this.#addDigit(byte)) return false
    if (!this.#hasDigits) throw new ProtocolError('invalid chunk size')
    this.#part = this.#partAfter(byte)
    return false
  }

  /** Leading zeros say nothing: only the size counts, not its digits. */
  #addDigit(byte: number): boolean {
    const digit = digitOf(byte)
    if (digit === -1) return false
    this.#hasDigits = true
    this.#size = this.#size * 16 + digit
    if (this.#size > maxChunkBytes) throw new ProtocolError('chunk size beyond counting')
    return true
  }

  #partAfter(byte: number): Part {
    if (byte === 0x0d) return 'lineFeed'
    if (this.#part === 'extension') {
      if (isText(byte)) return 'extension'
    } else if (byte === 0x3b) {
      return 'extension'
    } else if (byte === 0x20 || byte === 0x09) {
      return 'blanks'
    }
    throw new ProtocolError('invalid chunk size')
  }
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function isText(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)
}
