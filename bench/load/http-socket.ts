/**
 * A keep-alive connection that sends prebuilt requests and notices the end of each answer. Knows answers with a
 * Content-Length only, which is what the upstreams send.
 */
import { connect, type Socket } from 'node:net'

export interface HttpSocket {
  readonly socket: Socket
  send(request: Buffer): void
}

export interface HttpSocketEvents {
  readonly onAnswer: (status: number) => void
  readonly onLost: () => void
}

export function openHttpSocket(port: number, { onAnswer, onLost }: HttpSocketEvents): HttpSocket {
  let received = ''
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    for (let end = endOfAnswer(received); end !== undefined; end = endOfAnswer(received)) {
      const status = Number(received.slice(9, 12))
      received = received.slice(end)
      onAnswer(status)
    }
  })
  socket.on('error', () => {})
  socket.once('close', onLost)
  return { socket, send: (request) => socket.write(request) }
}

/** Where the first answer ends; undefined while it is incomplete. */
function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1]
  const end = head + 4 + Number(length ?? 0)
  return text.length >= end ? end : undefined
}

export function getRequest(path: string, token?: string): Buffer {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}\r\n`)
}
