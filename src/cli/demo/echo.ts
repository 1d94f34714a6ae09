/**
 * The upstream of the demo: answers every request with what it received. Must listen on loopback only.
 */
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Echo {
  readonly url: string
  close(): Promise<void>
}

/** HTML that shows the headers of a request. */
export type EchoPage = (headers: IncomingHttpHeaders) => string

/** With a page, a browser gets that; programs get JSON in any case. */
export async function startEcho(port: number, page?: EchoPage): Promise<Echo> {
  const server = createServer((request, response) => answer(request, response, page))
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

function answer(request: IncomingMessage, response: ServerResponse, page: EchoPage | undefined): void {
  request.resume()
  const { method, url, headers } = request
  if (page && headers.accept?.includes('text/html')) {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(page(headers))
    return
  }
  response.setHeader('Content-Type', 'application/json')
  response.end(`${JSON.stringify({ message: 'this is the service behind the gate', method, url, headers }, null, 2)}\n`)
}
