/** An upstream of `ws` that behaves as test/interop/wsproto-peer.py does. */
import { once } from 'node:events'
import type { Test } from 'tap'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { startUpstream } from './upstream.ts'

export interface SocketPeer {
  readonly url: string
  /** How the next connection ended, as the peer saw it. */
  closed(): Promise<{ readonly code: number; readonly reason: string }>
}

/** Echoes; takes the last subprotocol offered and compresses; on demand it pings, or closes with 4001. */
export async function startWsUpstream(t: Test): Promise<SocketPeer> {
  const upstream = await startUpstream(t)
  const server = new WebSocketServer({
    server: upstream.server,
    perMessageDeflate: { threshold: 0 },
    handleProtocols: (offered) => [...offered].at(-1) ?? false,
  })
  server.on('connection', play)
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
  })
  const connected = once(server, 'connection') as Promise<[WebSocket]>
  return {
    url: upstream.url,
    async closed() {
      const [socket] = await connected
      const [code, reason] = await once(socket, 'close')
      return { code: Number(code), reason: String(reason) }
    },
  }
}

function play(socket: WebSocket): void {
  socket.on('pong', (payload: Buffer) => socket.send(`pong ${payload}`))
  socket.on('message', (data: RawData, binary: boolean) => {
    const text = binary ? '' : String(data)
    if (text === 'ping me') socket.ping('upstream')
    else if (text === 'close me') socket.close(4001, 'bye')
    else socket.send(data, { binary })
  })
}
