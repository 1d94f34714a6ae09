/**
 * One buffer that all connections to the upstream read into, TLS or not. Node would allocate 64 KiB a read and leave them
 * to the collector. The bytes are on loan: whoever keeps them beyond the `data` event copies them.
 */
import type { OnReadOpts, Socket } from 'node:net'

const readBytes = 64 * 1024

/** For `connect` of `net` and `tls`; the sockets emit `data` as always. One of TLS may do so once more after `pause`. */
export function sharedRead(): OnReadOpts {
  return { buffer: Buffer.allocUnsafeSlow(readBytes), callback: emitData }
}

function emitData(this: unknown, bytesRead: number, buffer: Uint8Array): boolean {
  const socket = this as Socket
  socket.emit('data', (buffer as Buffer).subarray(0, bytesRead))
  return true
}
