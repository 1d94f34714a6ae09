/** What becomes of raw bytes in front of an upstream that records: refused, or what the upstream reads. */
import { type RawRequest, sendRaw } from './raw-socket.ts'
import type { ReceivedRequest, RecordingUpstream } from './recording-upstream.ts'

/** Whatever stands in front of the upstream. */
export interface Front {
  readonly port: number
  readonly upstream: RecordingUpstream
}

export interface Outcome {
  /** Of the answers, in order. */
  readonly statuses: readonly number[]
  /** `code` of each problem document among the answers. */
  readonly reasons: readonly string[]
  /** What the upstream read, a request that broke off included. */
  readonly requests: readonly ReceivedRequest[]
  /** What the upstream could not read. */
  readonly faults: readonly string[]
}

const fence = { target: '/fence', head: 'GET /fence HTTP/1.1\r\nHost: service.test\r\n\r\n' }

/** A good request follows on a connection of its own: what the bytes caused upstream has been caused when it arrives. */
export async function putThrough({ port, upstream }: Front, request: Omit<RawRequest, 'port'>): Promise<Outcome> {
  const requestsBefore = upstream.requests.length
  const faultsBefore = upstream.faults.length
  const { responses } = await sendRaw({ port, ...request })
  await sendRaw({ port, bytes: fence.head })
  return {
    statuses: responses.map(({ status }) => status),
    reasons: responses.flatMap(({ headers, body }) => readReason(headers['content-type'], body)),
    requests: upstream.requests.slice(requestsBefore).filter(({ target }) => target !== fence.target),
    faults: upstream.faults.slice(faultsBefore),
  }
}

function readReason(types: readonly string[] | undefined, body: Buffer): readonly string[] {
  if (!types?.includes('application/problem+json') || body.length === 0) return []
  return [(JSON.parse(body.toString()) as { readonly code: string }).code]
}
