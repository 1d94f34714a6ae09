/**
 * An upstream that keeps every byte and reads requests out of them by itself, as strictly as RFC 9112 is written: what
 * Node's parser would repair or overlook on both sides of the gate is seen here.
 */
import type { Test } from 'tap'
import { parseResponses } from './raw-response.ts'
import { createTally } from './tally.ts'
import { startRawUpstream } from './upstream.ts'

export interface ReceivedRequest {
  readonly method: string
  readonly target: string
  /** Lowercase names; every value of a repeated header, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** Decoded from chunks, as far as it has arrived. */
  readonly body: Buffer
  readonly complete: boolean
}

export interface RecordingUpstream {
  readonly url: string
  /** In order of arrival; the body of the latest on a connection may still grow. */
  readonly requests: readonly ReceivedRequest[]
  /** Bytes that are no request, one line each. */
  readonly faults: readonly string[]
  readonly byteCount: number
  /** Of all connections, in order of arrival. */
  bytesSince(byteCount: number): Buffer
  /** Resolves once that many request heads have been received. */
  received(count: number): Promise<void>
}

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Answers 200 to every complete request, and nothing to one that is not. */
export async function startRecordingUpstream(
  t: Test,
  { requestLine = ofHttp11 }: { readonly requestLine?: RegExp } = {},
): Promise<RecordingUpstream> {
  const requests: ReceivedRequest[] = []
  const faults: string[] = []
  const chunks: Buffer[] = []
  const arrivals = createTally()
  const { url } = await startRawUpstream(t, (socket) => {
    const reader = createReader(requests, faults, requestLine)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      for (let due = reader(chunk); due > 0; due--) socket.write(answer)
      while (arrivals.count < requests.length) arrivals.add()
    })
    socket.on('end', () => socket.end())
  })
  return {
    url,
    requests,
    faults,
    get byteCount() {
      return chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    },
    bytesSince: (byteCount) => Buffer.concat(chunks).subarray(byteCount),
    received: (count) => arrivals.reached(count),
  }
}

/** For one connection: takes bytes, returns how many requests they completed. */
function createReader(requests: ReceivedRequest[], faults: string[], requestLine: RegExp): (chunk: Buffer) => number {
  let pending = Buffer.alloc(0)
  let place: number | undefined
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (let completed = 0; ; completed++) {
      const read = readRequest(pending, requestLine)
      if (read === undefined) return completed
      if (typeof read === 'string') {
        faults.push(read)
        return completed
      }
      place ??= requests.length
      requests[place] = read.request
      if (!read.request.complete) return completed
      place = undefined
      pending = Buffer.from(read.rest)
    }
  }
}

/** Everything `bytes` of one connection hold; `fault` says where they stop being requests. */
export function readRequests(bytes: Buffer): {
  readonly requests: readonly ReceivedRequest[]
  readonly fault?: string
} {
  const requests: ReceivedRequest[] = []
  for (let rest = bytes; ; ) {
    const read = readRequest(rest, ofHttp11)
    if (read === undefined) return { requests }
    if (typeof read === 'string') return { requests, fault: read }
    requests.push(read.request)
    if (!read.request.complete) return { requests }
    rest = read.rest
  }
}

interface Read {
  readonly request: ReceivedRequest
  readonly rest: Buffer
}

/** What the gate sends, whatever it was sent. */
const ofHttp11 = /^([\w!#$%&'*+.^`|~-]+) ([\x21-\x7e]+) HTTP\/1\.1$/
/** For proxies that pass the version on. */
export const ofHttp1 = /^([\w!#$%&'*+.^`|~-]+) ([\x21-\x7e]+) HTTP\/1\.[01]$/

/** Undefined while the head is incomplete; text says what is wrong with it. */
function readRequest(bytes: Buffer, requestLine: RegExp): Read | string | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const lineEnd = bytes.indexOf('\r\n')
  const head = bytes.toString('latin1', 0, headEnd)
  const [, method, target] = requestLine.exec(head.slice(0, lineEnd)) ?? []
  const framings = head.match(/^(?:content-length|transfer-encoding):/gim) ?? []
  if (method === undefined || target === undefined || framings.length > 1) return `no clear request: ${head}`
  // Behind its first line a request is a response that has no body unless it says so.
  const firstLines = `HTTP/1.1 200 OK\r\n${framings.length === 0 ? 'Content-Length: 0\r\n' : ''}`
  const asResponse = Buffer.concat([Buffer.from(firstLines), bytes.subarray(lineEnd + 2)])
  const { responses, rest } = parseResponses(asResponse, { ended: false })
  const [message] = responses
  if (message === undefined) return `no clear header: ${head}`
  const { headers, body, complete } = message
  return { request: { method, target, headers, body, complete }, rest }
}
