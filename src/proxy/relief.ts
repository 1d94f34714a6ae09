/** The pressure between the two sides of a relayed WebSocket: who is faster is not read for a while. */
import { WebSocket } from 'ws'

/** Beyond this many unsent bytes the other side is not read. */
const maxBufferedBytes = 1024 * 1024
const checkMs = 10

/** Stops reading one side while the other cannot keep up, or is not open yet. */
export function relieve(reader: WebSocket, writer: WebSocket): void {
  if (!isBehind(writer) || reader.isPaused) return
  reader.pause()
  const check = setInterval(() => {
    if (isBehind(writer)) return
    clearInterval(check)
    reader.resume()
  }, checkMs)
}

function isBehind({ readyState, bufferedAmount }: WebSocket): boolean {
  return readyState === WebSocket.CONNECTING || (readyState === WebSocket.OPEN && bufferedAmount >= maxBufferedBytes)
}
