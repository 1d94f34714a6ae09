/**
 * What a process holds and has spent, asked from outside: imported into the process under measurement by `--import`, it
 * prints one line with its port and answers there.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readHeldBytes } from './held-memory.ts'

/** At `/held`, after a full garbage collection. */
export interface Held {
  readonly bytes: number
  /** Open ones, that of the question included. */
  readonly sockets: number
}

/** At `/spent`. */
export interface Spent {
  readonly cpuMicros: number
}

function readHeld(): Held {
  const bytes = readHeldBytes()
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  return { bytes, sockets }
}

function readSpent(): Spent {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system }
}

const server = createServer(({ url }, response) => {
  response.setHeader('connection', 'close').end(JSON.stringify(url === '/held' ? readHeld() : readSpent()))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ msg: 'gauge', port }))
})
server.unref()
