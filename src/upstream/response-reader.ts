/**
 * Turns the bytes of an upstream connection into answers, one at a time. It must never hold more than one head or one
 * trailer line: bodies pass through as they arrive.
 */
import { ChunkLine } from './chunk-line.ts'
import { PartialBytes } from './partial-bytes.ts'
import type { BodyFraming, ResponseHead, Tolerated } from './response-head.ts'
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

type State =
  | 'idle'
  | 'switched'
  | 'head'
  | 'looseHead'
  | 'length'
  | 'close'
  | 'chunkLine'
  | 'chunk'
  | 'chunkCr'
  | 'chunkLf'
  | 'trailers'

const maxHeadBytes = 64 * 1024
const maxTextBytes = 8 * 1024
const endOfHead = '\r\n\r\n'
const maxTrailerLineBytes = 4 * 1024
/** A chunk line up to this length is no burden: a size, its CRLF, and a few zeros or blanks. */
const plainChunkLineBytes = 20
/**
 * Limit for what is neither the head nor the body of an answer: interim answers, chunk extensions, padding, trailers. Body
 * bytes make up for the extensions before them: a long answer may have many small ones.
 */
const maxAsideBytes = 64 * 1024
/** As strict as in a head, though trailers are dropped. No header about framing is allowed (RFC 9110 section 6.5.1). */
const trailerLine =
  /^(?!(?:content-length|transfer-encoding)[:\t\x20])[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/i
const startOfTrailerLine = /^(?:\r|[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?::[\t\x20-\x7e\x80-\xff]*\r?)?)$/
const nothing = Buffer.alloc(0)

export class ResponseReader {
  readonly #sink: ResponseSink
  readonly #tolerated: Tolerated | undefined
  readonly #headState: State
  #state: State = 'idle'
  #method = ''
  #mayUpgrade = false
  /** False once an interim answer does not keep the connection. */
  #keepAlive = true
  readonly #partial = new PartialBytes()
  readonly #chunkLine = new ChunkLine()
  #rest: Buffer = nothing
  #left = 0
  #asideBytes = 0

  /** `tolerated`: faults of heads that are mended. */
  constructor(sink: ResponseSink, tolerated?: Tolerated) {
    this.#sink = sink
    this.#tolerated = tolerated
    this.#headState = tolerated?.has('bareLineFeed') ? 'looseHead' : 'head'
  }

  /** Call this before sending a request: the next bytes are the answer to one with this method. */
  expect(method: string, mayUpgrade = false): void {
    this.#method = method
    this.#mayUpgrade = mayUpgrade
    this.#keepAlive = true
    this.#asideBytes = 0
    this.#state = this.#headState
  }

  /** Throws ProtocolError, after which the connection must be closed. */
  push(chunk: Buffer): void {
    let bytes = this.#partial.join(chunk)
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
      case 'looseHead':
        return this.#readLooseHead(bytes)
      case 'length':
      case 'chunk':
        return this.#readCounted(bytes)
      case 'switched':
        this.#rest = Buffer.from(bytes)
        return nothing
      case 'close':
        this.#sink.onBody(bytes)
        return nothing
      case 'chunkLine':
        return this.#readChunkLine(bytes)
      case 'chunkCr':
        return this.#endChunk(bytes, 0x0d)
      case 'chunkLf':
        return this.#endChunk(bytes, 0x0a)
      case 'trailers':
        return this.#readTrailer(bytes)
    }
  }

  /** Reads a small answer as one text, because every search in a Buffer and every slice of it is a call into Node. */
  #readHead(bytes: Buffer): Buffer {
    if (this.#partial.scanned > 0) return this.#readLongHead(bytes)
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
    const from = Math.max(0, this.#partial.scanned - endOfHead.length + 1)
    const end = bytes.indexOf(endOfHead, from, 'latin1')
    refuseLong(bytes, end)
    if (end === -1) {
      refuseForeign(bytes, from)
      return this.#keep(bytes)
    }
    this.#partial.take()
    this.#takeHead(bytes.toString('latin1', 0, end))
    return bytes.subarray(end + endOfHead.length)
  }

  /** A head whose lines may end without CR. It ends at its first empty line, as the readers see it that read such lines. */
  #readLooseHead(bytes: Buffer): Buffer {
    const { at, next } = findEmptyLine(bytes, Math.max(0, this.#partial.scanned - endOfHead.length + 1))
    refuseLong(bytes, at)
    if (at === -1) {
      refuseOther(bytes, this.#partial.scanned)
      return this.#keep(bytes)
    }
    this.#partial.take()
    this.#takeHead(bytes.toString('latin1', 0, at).replace(/\r$/, '').replace(/\r?\n/g, '\r\n'))
    return bytes.subarray(next)
  }

  #takeHead(text: string): void {
    const head = parseResponseHead(text, this.#method, this.#tolerated)
    if (head.status === 101) this.#switch(head)
    else if (head.status < 200) this.#passOver(head, text.length)
    else this.#startBody(this.#keepAlive ? head : { ...head, keepAlive: false })
  }

  /** Interim answers are not passed on; the final answer follows. */
  #passOver({ keepAlive }: ResponseHead, bytes: number): void {
    this.#keepAlive &&= keepAlive
    this.#countAside(bytes)
  }

  #countAside(bytes: number): void {
    this.#asideBytes += bytes
    if (this.#asideBytes > maxAsideBytes) throw new ProtocolError('too much beside head and body')
  }

  #switch(head: ResponseHead): void {
    if (!this.#mayUpgrade) throw new ProtocolError('upgrade nobody asked for')
    this.#state = 'switched'
    this.#sink.onHead(head)
  }

  #startBody(head: ResponseHead): void {
    const { body } = head
    this.#state = bodyState[body.kind]
    if (body.kind === 'chunked') this.#startChunkLine()
    this.#left = body.kind === 'length' ? body.bytes : 0
    this.#sink.onHead(head)
    if (body.kind === 'none') this.#end()
  }

  #readCounted(bytes: Buffer): Buffer {
    const part = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left)
    this.#left -= part.length
    this.#sink.onBody(part)
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunkCr'
      else this.#end()
    }
    return bytes.subarray(part.length)
  }

  #startChunkLine(): void {
    this.#chunkLine.start()
    this.#state = 'chunkLine'
  }

  #readChunkLine(bytes: Buffer): Buffer {
    const line = this.#chunkLine
    const end = line.read(bytes)
    if (end === -1) return nothing
    if (line.length > plainChunkLineBytes) this.#countAside(line.length - plainChunkLineBytes)
    if (this.#asideBytes > 0) this.#asideBytes = Math.max(0, this.#asideBytes - line.size)
    this.#left = line.size
    this.#state = line.size === 0 ? 'trailers' : 'chunk'
    return bytes.subarray(end)
  }

  #endChunk(bytes: Buffer, expected: number): Buffer {
    if (bytes[0] !== expected) throw new ProtocolError('chunk longer than its size')
    if (expected === 0x0a) this.#startChunkLine()
    else this.#state = 'chunkLf'
    return bytes.subarray(1)
  }

  /** Trailers are checked and dropped: the head is sent already, and the caller was not told to expect any. */
  #readTrailer(bytes: Buffer): Buffer {
    const end = bytes.indexOf('\r\n', Math.max(0, this.#partial.scanned - 1), 'latin1')
    const length = end === -1 ? bytes.length : end
    if (length > maxTrailerLineBytes) throw new ProtocolError('trailer too long')
    const line = bytes.toString('latin1', 0, length)
    if (end === -1) {
      if (!startOfTrailerLine.test(line)) throw new ProtocolError('invalid trailer')
      return this.#keep(bytes)
    }
    this.#partial.take()
    this.#countAside(length)
    if (line === '') this.#end()
    else if (!trailerLine.test(line)) throw new ProtocolError('invalid trailer')
    return bytes.subarray(end + 2)
  }

  #keep(bytes: Buffer): Buffer {
    this.#partial.keep(bytes)
    return nothing
  }

  #end(): void {
    this.#state = 'idle'
    this.#sink.onEnd()
  }
}

/** Where the line feed before the first empty line is, and where the bytes behind that line begin. -1: it has not come. */
function findEmptyLine(bytes: Buffer, from: number): { readonly at: number; readonly next: number } {
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return { at, next: at + 2 }
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return { at, next: at + 3 }
  }
  return { at: -1, next: -1 }
}

/** `end` is that of the head, or -1: then the bytes behind the head may be there in part. */
function refuseLong(bytes: Buffer, end: number): void {
  const least = end === -1 ? bytes.length - (endOfHead.length - 1) : end
  if (least > maxHeadBytes) throw new ProtocolError('head too large')
}

/** Throws at once if these bytes cannot become a valid head: another protocol, or a line that ends without CR. */
function refuseForeign(bytes: Buffer, from: number): void {
  refuseOther(bytes, from)
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] !== 0x0d) throw new ProtocolError('a line that ends without CR')
  }
}

/** Bytes before `from` are known. */
function refuseOther(bytes: Buffer, from: number): void {
  const start = from >= expectedStart.length ? expectedStart : bytes.toString('latin1', 0, expectedStart.length)
  if (!expectedStart.startsWith(start)) throw new ProtocolError('not HTTP/1')
}

const expectedStart = 'HTTP/1.'

const bodyState = {
  none: 'idle',
  length: 'length',
  chunked: 'chunkLine',
  close: 'close',
} as const satisfies Record<BodyFraming['kind'], State>
