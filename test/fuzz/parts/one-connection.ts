/** A caller who writes what it likes, piece by piece, and takes whatever comes until the gate hangs up, or leaves before. */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises'

const patienceMs = 10_000
/** Long enough for the gate and the service to answer what has come. */
const pauseMs = 4
/** Longer than anything in this process takes. */
const silenceMs = 30

/** Pieces that are acts of the caller, and no bytes. */
export const acts = { silence: '{{SILENCE}}', slow: '{{SLOW}}', leave: '{{LEAVE}}', reset: '{{RESET}}' } as const
const actNames: ReadonlySet<string> = new Set(Object.values(acts))

export function isAct(piece: string): boolean {
  return actNames.has(piece)
}

/** Nobody hears the rest of the answers. */
export function leaves(pieces: readonly string[]): boolean {
  return pieces.includes(acts.leave) || pieces.includes(acts.reset)
}

async function act(socket: Socket, piece: string): Promise<void> {
  if (piece === acts.leave) socket.destroy()
  if (piece === acts.reset) socket.resetAndDestroy()
  if (piece === acts.slow) {
    socket.pause()
    setTimeout(() => socket.resume(), silenceMs)
  }
  if (piece === acts.silence) await sleep(silenceMs)
}

export interface Talk {
  /** An empty one is a pause. */
  readonly pieces: readonly string[]
  /** Resolves when the gate has had time for what it was sent; then the caller ends its side. */
  readonly untilRead: () => Promise<void>
}

export interface Heard {
  /** Every byte of the answers that was read. */
  readonly answer: Buffer
  /** The gate closed while bytes of the caller were on their way: what a slow caller had not read by then is lost. */
  readonly isReset: boolean
}

/** Latin-1. */
export async function talk(port: number, { pieces, untilRead }: Talk): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  // A reset is an answer too.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  for (const piece of pieces) {
    if (isAct(piece)) await act(socket, piece)
    else if (!socket.destroyed) socket.write(piece, 'latin1')
    if (piece === '') await sleep(pauseMs)
    else await turnOfLoop()
  }
  if (socket.destroyed) await closed
  else await untilRead()
  const timer = setTimeout(() => socket.destroy(new Error()), patienceMs)
  if (!socket.destroyed) socket.end()
  await closed
  clearTimeout(timer)
  if (socket.errored?.message === '') throw new Error(`the gate did not hang up within ${patienceMs} ms`)
  const { code } = (socket.errored ?? {}) as NodeJS.ErrnoException
  return { answer: Buffer.concat(received), isReset: code === 'ECONNRESET' || code === 'EPIPE' }
}
