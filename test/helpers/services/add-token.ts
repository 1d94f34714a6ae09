/** A proxy that puts a token into every request, for clients that know no bearer tokens. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { listenOnLoopback } from '../listen.ts'

/** Resolves with its origin; everything else in a request stays as it is, `Host` included. */
export async function startTokenProxy(t: Test, gate: string, token: string): Promise<string> {
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` }
    const { method, url } = incoming
    const outgoing = request(gate, { method, path: url, headers })
    outgoing.on('continue', () => response.writeContinue())
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.statusMessage, answer.rawHeaders)
      answer.pipe(response)
    })
    // A service may answer before it has read the body: what cannot be written any more says nothing of the answer.
    outgoing.on('error', () => response.headersSent || response.destroy())
    // Node would send an empty body in chunks, which is more than the client has said.
    const hasBody = 'content-length' in incoming.headers || 'transfer-encoding' in incoming.headers
    if (hasBody) incoming.pipe(outgoing)
    else outgoing.end()
  }
  const server = createServer(forward).on('checkContinue', forward)
  const { port } = await listenOnLoopback(t, server)
  return `http://127.0.0.1:${port}`
}
