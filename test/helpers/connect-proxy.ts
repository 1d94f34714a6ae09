/** A forward proxy for CONNECT (RFC 9110 section 9.3.6) on loopback, which remembers what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { listenOnLoopback } from './listen.ts'

export interface ConnectProxy {
  readonly url: string
  readonly port: number
  readonly asked: readonly { readonly target: string; readonly headers: IncomingHttpHeaders }[]
  readonly sockets: ReadonlySet<Socket>
}

export interface ConnectProxyOptions {
  /** The whole answer in place of a tunnel; an empty one: none ever. */
  readonly answer?: string
}

/** Every tunnel ends at 127.0.0.1, at the port that was asked for. */
export async function startConnectProxy(t: Test, { answer }: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'][number][] = []
  const server = createServer((_request, response) => response.writeHead(405).end())
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    asked.push({ target: url, headers })
    // Nobody else reads it, and an end that is not read is not seen.
    socket.resume().on('end', () => socket.end())
    if (answer !== undefined) return void (answer === '' || socket.write(answer))
    const onward = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  const { port, sockets } = await listenOnLoopback(t, server)
  return { url: `http://127.0.0.1:${port}`, port, asked, sockets }
}
