/** An upstream that answers 200 to everything Node's most lenient parser takes for a request, and says what that was. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { readRequests } from '../../helpers/recording-upstream.ts'

export interface SeenRequest {
  readonly method: string
  readonly target: string
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[]
  readonly complete: boolean
}

export interface FuzzUpstream {
  readonly url: string
  /** Resolves when every request is whole or cut off: its bytes may still be on their way. */
  settled(): Promise<void>
  /** Since the last call. */
  takeRequests(): readonly SeenRequest[]
  /** Of every connection that brought any since the last call. */
  takeBytes(): readonly Buffer[]
  close(): Promise<void>
}

/** Of the event loop. */
const mostTurns = 1000

/** Answered before its body is whole. */
export function isEarly(target: string): boolean {
  return target.includes('early')
}

export async function openUpstream(): Promise<FuzzUpstream> {
  let requests: SeenRequest[] = []
  let received = new Map<Socket, Buffer[]>()
  /** A request on them was cut off by its caller: what still arrives of it belongs to no later case. */
  const over = new WeakSet<Socket>()
  const open = new Set<IncomingMessage>()
  const options = { maxHeaderSize: 1024 * 1024, insecureHTTPParser: true, requireHostHeader: false }
  const server = createServer(options, (request, response) => {
    const { method = '', url: target = '', rawHeaders } = request
    requests.push({
      method,
      target,
      rawHeaders,
      get complete() {
        return request.complete
      },
    })
    open.add(request)
    request.resume().on('error', () => undefined)
    request.on('end', () => open.delete(request)).on('close', () => open.delete(request))
    if (isEarly(target)) response.end('ok')
    else request.on('end', () => response.end('ok'))
  })
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      if (over.has(socket)) return
      const chunks = received.get(socket)
      if (chunks === undefined) received.set(socket, [chunk])
      else chunks.push(chunk)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async settled() {
      for (let turn = 0; turn < mostTurns && open.size > 0; turn++) await setImmediate()
    },
    takeRequests() {
      const taken = requests
      requests = []
      return taken
    },
    takeBytes() {
      const taken = received
      received = new Map()
      return Array.from(taken, ([socket, chunks]) => {
        const bytes = Buffer.concat(chunks)
        if (readRequests(bytes).requests.at(-1)?.complete === false) over.add(socket)
        return bytes
      })
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
