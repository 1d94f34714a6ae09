/** Whether Node's own server, with nothing of ours around it, finds the same requests in the bytes of a caller. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Duplex } from 'node:stream'
import type { ReferenceRequest } from './reference-reader.ts'

const patience = 200

/** Latin-1. False too for upgrades, behind which Node's parser loses bytes. */
export async function nodeAccepts(bytes: string, meant: readonly ReferenceRequest[]): Promise<boolean> {
  const found: string[] = []
  let isRefused = false
  const server = createServer({ requireHostHeader: false, keepAliveTimeout: 1 }, (request, response) => {
    request.resume().on('end', () => {
      found.push(`${request.method} ${request.url}`)
      response.end()
    })
  })
  server.on('clientError', () => {
    isRefused = true
  })
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  connection.on('error', () => undefined)
  server.emit('connection', connection)
  connection.push(Buffer.from(bytes, 'latin1'))
  connection.push(null)
  for (let turn = 0; turn < patience && found.length < meant.length && !isRefused; turn++) {
    await new Promise(setImmediate)
  }
  connection.destroy()
  if (!connection.closed) await once(connection, 'close')
  return !isRefused && meant.every(({ method, target }, index) => found[index] === `${method} ${target}`)
}
