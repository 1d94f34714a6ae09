/**
 * The upstream of the demo: answers every request with what it received. Must listen on loopback only.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Echo {
  readonly url: string
  close(): Promise<void>
}

export async function startEcho(port: number): Promise<Echo> {
  const server = createServer(answer)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const bound = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound.port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const { method, url, headers } = request
  response.setHeader('Content-Type', 'application/json')
  response.end(`${JSON.stringify({ message: 'this is the service behind the gate', method, url, headers }, null, 2)}\n`)
}
