/**
 * One buffer that all plain connections to the upstream read into. Node would allocate 64 KiB a read and leave them to the
 * collector. The bytes are on loan: whoever keeps them beyond the `data` event copies them.
 */
import type { OnReadOpts, Socket } from 'node:net'

const readBytes = 64 * 1024

/** For `net.connect`; the sockets emit `data` as always. TLS sockets know no such option and read into buffers of their own. */
export function sharedRead(): OnReadOpts {
  return { buffer: Buffer.allocUnsafeSlow(readBytes), callback: emitData }
}

function emitData(this: unknown, bytesRead: number, buffer: Uint8Array): boolean {
  const socket = this as Socket
  socket.emit('data', (buffer as Buffer).subarray(0, bytesRead))
  return true
}
