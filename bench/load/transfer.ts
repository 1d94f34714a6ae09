/**
 * One large body, down or up, in a process of its own: takes a job as its argument and prints seconds and status.
 */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { pipeline } from 'node:stream/promises'

export interface TransferJob {
  readonly url: string
  readonly token: string
  readonly direction: 'download' | 'upload'
  readonly bytes: number
}

export interface TransferResult {
  readonly seconds: number
  readonly status: number
  /** Of the body that was received. */
  readonly received: number
}

const chunk = Buffer.alloc(64 * 1024, 'x')

function* chunksOf(bytes: number): Generator<Buffer> {
  let left = bytes
  for (; left > chunk.length; left -= chunk.length) yield chunk
  if (left > 0) yield chunk.subarray(0, left)
}

async function transfer({ url, token, direction, bytes }: TransferJob): Promise<TransferResult> {
  const started = performance.now()
  const isUpload = direction === 'upload'
  const path = isUpload ? '/upload' : `/bytes/${bytes}`
  const headers = { authorization: `Bearer ${token}`, ...(isUpload && { 'content-length': bytes }) }
  const outgoing = request(`${url}${path}`, { method: isUpload ? 'POST' : 'GET', headers, agent: false })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  if (isUpload) await pipeline(chunksOf(bytes), outgoing)
  else outgoing.end()
  const [answer] = await answered
  let received = 0
  for await (const part of answer) received += (part as Buffer).length
  return { seconds: (performance.now() - started) / 1000, status: answer.statusCode ?? 0, received }
}

console.log(JSON.stringify(await transfer(JSON.parse(process.argv[2] ?? '') as TransferJob)))
