/** A caller who writes what it likes, piece by piece, and takes whatever comes until the gate hangs up. */
import { connect } from 'node:net'
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises'

const patienceMs = 10_000
/** Long enough for the gate and the service to answer what has come. */
const pauseMs = 4

export interface Talk {
  /** An empty one is a pause. */
  readonly pieces: readonly string[]
  /** Resolves when the gate has had time for what it was sent; then the caller ends its side. */
  readonly untilRead: () => Promise<void>
}

/** Latin-1; resolves to every byte of the answers. */
export async function talk(port: number, { pieces, untilRead }: Talk): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  // A reset is an answer too.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    if (piece === '') await sleep(pauseMs)
    else await turnOfLoop()
  }
  await untilRead()
  const timer = setTimeout(() => socket.destroy(new Error()), patienceMs)
  socket.end()
  await closed
  clearTimeout(timer)
  if (socket.errored?.message === '') throw new Error(`the gate did not hang up within ${patienceMs} ms`)
  return Buffer.concat(received)
}
