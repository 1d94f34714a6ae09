/**
 * Bad company: callers that send one header byte a second and readers that ask for a large body and do not read it.
 * Runs until it is ended; what the gate cuts off comes back.
 */
import { connect } from 'node:net'

export interface SlowCallersJob {
  readonly port: number
  readonly token: string
  readonly callers: number
  readonly readers: number
  readonly bodyBytes: number
}

const { port, token, callers, readers, bodyBytes } = JSON.parse(process.argv[2] ?? '') as SlowCallersJob
const head = `GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}`

function openCaller(): void {
  let at = 0
  const socket = connect(port, '127.0.0.1')
  const timer = setInterval(() => socket.write(head[at++ % head.length] ?? 'x'), 1000)
  socket.on('error', () => {})
  socket.resume()
  socket.once('close', () => {
    clearInterval(timer)
    setTimeout(openCaller, 1000)
  })
}

function openReader(): void {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.once('close', () => setTimeout(openReader, 1000))
  socket.pause()
  socket.write(`GET /bytes/${bodyBytes} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`)
}

for (let n = 0; n < callers; n++) openCaller()
for (let n = 0; n < readers; n++) openReader()
console.log('open')
