/** Listening on loopback and stopping for good: what every fake server needs; and telling who listens. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Listening {
  readonly port: number
  readonly sockets: ReadonlySet<Socket>
  /** Destroys every socket, upgraded ones included; safe to call twice. */
  close: () => Promise<void>
}

/** Closed at the end of the test. Works for `node:http`, `node:https` and `node:net` servers. */
export async function listenOnLoopback(t: Test, server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A reset by the peer is an ordinary event for a fake.
    socket.on('error', () => {})
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  t.teardown(close)
  return { port: (server.address() as AddressInfo).port, sockets, close }
}

/** Nobody listens there any more. */
export async function untilRefused(port: number): Promise<void> {
  while (await accepts(port));
}

/** For a process that says nothing when it listens. */
export async function untilAccepted(port: number): Promise<void> {
  while (!(await accepts(port)));
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isOpen
}

/**
 * For a process that must listen where another one listened before it. Below the ports that Linux gives to outgoing
 * connections and to port 0 (32768 and up), so that a test beside this one does not take it in the meantime.
 */
export async function findFreePort(): Promise<number> {
  const port = randomInt(12_000, 32_000)
  const server = createServer()
  const isFree = await once(server.listen(port, '127.0.0.1'), 'listening').then(
    () => true,
    () => false,
  )
  if (!isFree) return findFreePort()
  await once(server.close(), 'close')
  return port
}
