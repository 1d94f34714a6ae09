/**
 * The server behind every contender: one small fixed answer. A process of its own, so that its cost is not the gate's.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = 'the answer of the service behind the gate\n'

const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, ['Content-Type', 'text/plain', 'Content-Length', String(body.length)]).end(body)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
