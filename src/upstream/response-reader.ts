/**
 * Turns the bytes of an upstream connection into answers, one at a time. It must never hold more than one head or one
 * chunk-size line: bodies pass through as they arrive.
 */
import type { BodyFraming, ResponseHead } from './response-head.ts'
import { ProtocolError, parseResponseHead } from './response-head.ts'

export interface ResponseSink {
  onHead(head: ResponseHead): void
  /** A Buffer is on loan: valid until `push` returns. A string is a small and complete body, in Latin-1. */
  onBody(chunk: Buffer | string): void
  /** The answer is complete. The connection may not carry another request before this. */
  onEnd(): void
  /** After the head of a 101 that was asked for. `rest` holds the bytes behind the head, which are not HTTP. */
  onSwitch?(rest: Buffer): void
}

type State = 'idle' | 'switched' | 'head' | 'length' | 'close' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailers'

const maxHeadBytes = 64 * 1024
const maxTextBytes = 8 * 1024
const endOfHead = '\r\n\r\n'
const maxChunkLineBytes = 4 * 1024
/** Leading zeros say nothing (RFC 9112 section 7.1). */
const chunkLine = /^0*([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
/** As strict as in a head, though trailers are dropped. No header about framing is allowed (RFC 9110 section 6.5.1). */
const trailerLine =
  /^(?!(?:content-length|transfer-encoding)[:\t\x20])[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/i
const nothing = Buffer.alloc(0)

export class ResponseReader {
  readonly #sink: ResponseSink
  #state: State = 'idle'
  #method = ''
  #mayUpgrade = false
  /** False once an interim answer does not keep the connection. */
  #keepAlive = true
  #pending: Buffer = nothing
  #rest: Buffer = nothing
  #left = 0

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** Call this before sending a request: the next bytes are the answer to one with this method. */
  expect(method: string, mayUpgrade = false): void {
    this.#method = method
    this.#mayUpgrade = mayUpgrade
    this.#keepAlive = true
    this.#state = 'head'
  }

  /** Throws ProtocolError, after which the connection must be closed. */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    this.#pending = nothing
    while (bytes.length > 0) bytes = this.#read(bytes)
    if (this.#state === 'switched') this.#sink.onSwitch?.(this.#rest)
  }

  /** The upstream has ended its side with a FIN. Returns true if that ends the answer, false if it truncates it. */
  finish(): boolean {
    if (this.#state !== 'close') return false
    this.#end()
    return true
  }

  /** Reads one part of the answer and returns the bytes behind it. Keeps an incomplete line until more bytes arrive. */
  #read(bytes: Buffer): Buffer {
    switch (this.#state) {
      case 'idle':
        throw new ProtocolError('bytes nobody asked for')
      case 'head':
        return this.#readHead(bytes)
      case 'length':
      case 'chunk':
        return this.#readCounted(bytes)
      case 'switched':
        this.#rest = Buffer.from(bytes)
        return nothing
      case 'close':
        this.#sink.onBody(bytes)
        return nothing
      case 'chunkSize':
        return this.#readLine(bytes, (line) => this.#startChunk(line))
      case 'chunkEnd':
        return this.#readLine(bytes, (line) => this.#endChunk(line))
      case 'trailers':
        return this.#readLine(bytes, (line) => this.#readTrailer(line))
    }
  }

  /** Reads a small answer as one text, because every search in a Buffer and every slice of it is a call into Node. */
  #readHead(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1', 0, maxTextBytes)
    const end = text.indexOf(endOfHead)
    if (end === -1) return this.#readLongHead(bytes)
    const bodyStart = end + endOfHead.length
    this.#takeHead(text.slice(0, end))
    const isWhole = this.#state === 'length' && text.length - bodyStart === this.#left && bytes.length === text.length
    if (!isWhole) return bytes.subarray(bodyStart)
    this.#left = 0
    this.#sink.onBody(text.slice(bodyStart))
    this.#end()
    return nothing
  }

  #readLongHead(bytes: Buffer): Buffer {
    const end = bytes.indexOf(endOfHead)
    if (end > maxHeadBytes || (end === -1 && bytes.length > maxHeadBytes)) throw new ProtocolError('head too large')
    if (end === -1) return this.#keep(refuseForeign(bytes))
    this.#takeHead(bytes.toString('latin1', 0, end))
    return bytes.subarray(end + endOfHead.length)
  }

  #takeHead(text: string): void {
    const head = parseResponseHead(text, this.#method)
    if (head.status === 101) this.#switch(head)
    // Interim answers are not passed on; the final answer follows.
    else if (head.status < 200) this.#keepAlive &&= head.keepAlive
    else this.#startBody(this.#keepAlive ? head : { ...head, keepAlive: false })
  }

  #switch(head: ResponseHead): void {
    if (!this.#mayUpgrade) throw new ProtocolError('upgrade nobody asked for')
    this.#state = 'switched'
    this.#sink.onHead(head)
  }

  #startBody(head: ResponseHead): void {
    const { body } = head
    this.#state = bodyState[body.kind]
    this.#left = body.kind === 'length' ? body.bytes : 0
    this.#sink.onHead(head)
    if (body.kind === 'none') this.#end()
  }

  #readCounted(bytes: Buffer): Buffer {
    const part = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left)
    this.#left -= part.length
    this.#sink.onBody(part)
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunkEnd'
      else this.#end()
    }
    return bytes.subarray(part.length)
  }

  #readLine(bytes: Buffer, take: (line: string) => void): Buffer {
    const end = bytes.indexOf('\r\n')
    if (end > maxChunkLineBytes || (end === -1 && bytes.length > maxChunkLineBytes)) {
      throw new ProtocolError('chunk line too long')
    }
    if (end === -1) return this.#keep(bytes)
    take(bytes.toString('latin1', 0, end))
    return bytes.subarray(end + 2)
  }

  #startChunk(line: string): void {
    const size = chunkLine.exec(line)?.[1]
    if (size === undefined) throw new ProtocolError('invalid chunk size')
    this.#left = Number.parseInt(size, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
  }

  #endChunk(line: string): void {
    if (line !== '') throw new ProtocolError('chunk longer than its size')
    this.#state = 'chunkSize'
  }

  /** Trailers are checked and dropped: the head is sent already, and the caller was not told to expect any. */
  #readTrailer(line: string): void {
    if (line === '') this.#end()
    else if (!trailerLine.test(line)) throw new ProtocolError('invalid trailer')
  }

  #keep(bytes: Buffer): Buffer {
    this.#pending = Buffer.from(bytes)
    return nothing
  }

  #end(): void {
    this.#state = 'idle'
    this.#sink.onEnd()
  }
}

/** Throws at once if these bytes cannot become a valid head: another protocol, or a line that ends without CR. */
function refuseForeign(bytes: Buffer): Buffer {
  const start = bytes.toString('latin1', 0, expectedStart.length)
  if (!expectedStart.startsWith(start)) throw new ProtocolError('not HTTP/1')
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] !== 0x0d) throw new ProtocolError('a line that ends without CR')
  }
  return bytes
}

const expectedStart = 'HTTP/1.'

const bodyState = {
  none: 'idle',
  length: 'length',
  chunked: 'chunkSize',
  close: 'close',
} as const satisfies Record<BodyFraming['kind'], State>
