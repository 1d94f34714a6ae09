/**
 * Bytes of an upstream connection to answers, one at a time. Holds no more than one head or one chunk-size line; bodies
 * pass through as they come.
 */
import type { BodyFraming, ResponseHead } from './response-head.ts'
import { ProtocolError, parseResponseHead } from './response-head.ts'

export interface ResponseSink {
  onHead(head: ResponseHead): void
  /** Bytes are on loan until this returns; a small whole body is Latin-1 text. */
  onBody(chunk: Buffer | string): void
  /** The answer is complete; only now may the connection carry another request. */
  onEnd(): void
  /** After the head of a 101 that was asked for: what follows on the connection, on loan, is no HTTP any more. */
  onSwitch?(rest: Buffer): void
}

type State = 'idle' | 'switched' | 'head' | 'length' | 'close' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailers'

const maxHeadBytes = 64 * 1024
const maxTextBytes = 8 * 1024
const endOfHead = '\r\n\r\n'
const maxChunkLineBytes = 4 * 1024
const chunkLine = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
/** As in a head, though nobody gets to see it; what frames a message has no place there (RFC 9110 section 6.5.1). */
const trailerLine =
  /^(?!(?:content-length|transfer-encoding)[:\t\x20])[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/i
const nothing = Buffer.alloc(0)

export class ResponseReader {
  readonly #sink: ResponseSink
  #state: State = 'idle'
  #method = ''
  #mayUpgrade = false
  /** Of the interim answers so far. */
  #keepAlive = true
  #pending: Buffer = nothing
  #rest: Buffer = nothing
  #left = 0

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** The next bytes answer a request of this method. */
  expect(method: string, mayUpgrade = false): void {
    this.#method = method
    this.#mayUpgrade = mayUpgrade
    this.#keepAlive = true
    this.#state = 'head'
  }

  /** Throws ProtocolError; the connection must be dropped then. */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    this.#pending = nothing
    while (bytes.length > 0) bytes = this.#read(bytes)
    if (this.#state === 'switched') this.#sink.onSwitch?.(this.#rest)
  }

  /** The upstream has closed its side properly; true when that is the end of the answer, and not a cut. */
  finish(): boolean {
    if (this.#state !== 'close') return false
    this.#end()
    return true
  }

  /** Reads what it can and returns the rest; keeps an incomplete line for the next bytes. */
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

  /** An answer that fits is read as one text: looking into bytes and cutting them costs a call into Node each time. */
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
    // Interim answers are for the connection they came on (RFC 9110 section 15.2); the final one follows.
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

  /** Trailers end here: merging them into a head that has left is not possible, and Trailer was not announced. */
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

/** What cannot become a head any more is not waited for: another protocol, or lines that end in another way. */
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
