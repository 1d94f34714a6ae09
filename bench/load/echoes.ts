/**
 * WebSocket echo round trips over many connections, one message at a time on each, in a process of its own.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export interface EchoesJob {
  readonly url: string
  readonly token: string
  readonly connections: number
  readonly seconds: number
  readonly bytes: number
}

export interface EchoesResult {
  readonly messages: number
  readonly seconds: number
  readonly socketErrors: number
}

async function run({ url, token, connections, seconds, bytes }: EchoesJob): Promise<EchoesResult> {
  const headers = { authorization: `Bearer ${token}` }
  const options = { headers, perMessageDeflate: false }
  const sockets = Array.from({ length: connections }, () => new WebSocket(url.replace('http', 'ws'), options))
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  const message = 'x'.repeat(bytes)
  let messages = 0
  let socketErrors = 0
  for (const socket of sockets) {
    socket.on('message', () => {
      messages++
      socket.send(message)
    })
    socket.on('close', () => socketErrors++)
    socket.send(message)
  }
  const started = performance.now()
  await sleep(seconds * 1000)
  const result = { messages, seconds: (performance.now() - started) / 1000, socketErrors }
  for (const socket of sockets) socket.terminate()
  return result
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as EchoesJob)))
process.exit(0)
