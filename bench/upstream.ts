/**
 * The Node.js server behind the contenders: a small fixed answer, `/bytes/<n>`, a WebSocket echo. A process of its own,
 * so that its cost is not the gate's. It reads a posted body to its end before it answers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { WebSocketServer } from 'ws'

const body = 'the answer of the service behind the gates\n'
const chunk = Buffer.alloc(64 * 1024, 'x')
const headers = ['Content-Type', 'text/plain', 'Content-Length', String(body.length)]

function answer(request: IncomingMessage, response: ServerResponse): void {
  const bytes = /^\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1]
  if (bytes !== undefined) {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes })
    pipeline(Readable.from(chunksOf(Number(bytes))), response, () => {})
    return
  }
  if (request.method === 'GET') {
    response.writeHead(200, headers).end(body)
    return
  }
  request.resume().once('end', () => response.writeHead(200, headers).end(body))
}

function* chunksOf(bytes: number): Generator<Buffer> {
  let left = bytes
  for (; left > chunk.length; left -= chunk.length) yield chunk
  if (left > 0) yield chunk.subarray(0, left)
}

const server = createServer({ keepAliveTimeout: 3_600_000, requestTimeout: 0, headersTimeout: 0 }, answer)
server.maxRequestsPerSocket = 0
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  socket.on('error', () => socket.terminate())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
