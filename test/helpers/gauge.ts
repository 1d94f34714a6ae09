/**
 * What a process holds and has spent, asked from outside: imported into the process under measurement by `--import`, it
 * prints one line with its port and answers there.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

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

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function readHeld(): Held {
  // What a first round finalises goes with the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  return { bytes: heapUsed + external, sockets }
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
