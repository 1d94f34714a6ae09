/**
 * The service behind the gate during a soak: answers, waits, trickles or resets as the call asks, and tells the ledger
 * what reached it. Never judges by itself.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { crc32 } from 'node:zlib'
import { WebSocketServer } from 'ws'

/** The header that says what the upstream does with a call; without it a plain answer. */
export const scriptHeader = 'x-soak-script'
export const idHeader = 'x-soak-id'
export type Script = 'plain' | 'large' | 'wait' | 'trickle' | 'reset-head' | 'reset-body'

export const largeBodyBytes = 1024 * 1024
const waitMs = 300
const trickleMs = 20
const trickleBytes = 1024
const trickleChunks = 20

export interface SoakUpstream {
  readonly url: string
  close(): Promise<void>
}

export type OnArrival = (id: number, user: string | undefined) => void

export async function startSoakUpstream(onArrival: OnArrival): Promise<SoakUpstream> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    onArrival(...readCall(request))
    answer(request, response)
  })
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    onArrival(...readCall(request))
    webSockets.handleUpgrade(request, socket, head, (peer) => {
      const [id, user] = readCall(request)
      peer.send(plainBody(id, user))
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** What a caller is answered when all is well. */
export function plainBody(id: number, user: string | undefined): string {
  return JSON.stringify({ id, user })
}

export function uploadBody(id: number, user: string, body: Uint8Array): string {
  return JSON.stringify({ id, user, bytes: body.length, sum: crc32(body) })
}

function readCall({ headers }: IncomingMessage): [id: number, user: string | undefined] {
  const user = headers['x-forwarded-user']
  return [Number(headers[idHeader]), typeof user === 'string' ? user : undefined]
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const script = (request.headers[scriptHeader] ?? 'plain') as Script
  const [id, user] = readCall(request)
  request.on('error', () => response.destroy())
  if (script === 'reset-head') request.socket.resetAndDestroy()
  else if (script === 'reset-body') resetInBody(request, response)
  else if (script === 'large') response.end(Buffer.alloc(largeBodyBytes, plainBody(id, user)))
  else if (script === 'trickle') trickle(response)
  else if (script === 'wait') later(response, waitMs, () => send(response, plainBody(id, user)))
  else if (request.method === 'POST') answerUpload(request, response)
  else send(response, plainBody(id, user))
}

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

function answerUpload(request: IncomingMessage, response: ServerResponse): void {
  const [id, user] = readCall(request)
  let bytes = 0
  let sum = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    sum = crc32(chunk, sum)
  })
  request.on('end', () => send(response, JSON.stringify({ id, user, bytes, sum })))
}

function resetInBody({ socket }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 4 * trickleBytes })
  response.write(Buffer.alloc(trickleBytes), () => later(response, trickleMs, () => socket.resetAndDestroy()))
}

function trickle(response: ServerResponse, left = trickleChunks): void {
  if (left === 0) response.end()
  else response.write(Buffer.alloc(trickleBytes), () => later(response, trickleMs, () => trickle(response, left - 1)))
}

/** Not at all when the answer is not wanted any more. */
function later(response: ServerResponse, ms: number, work: () => void): void {
  setTimeout(() => response.destroyed || work(), ms)
}
