/** Finds an upstream that is gone without a word, though no message is on the way to it. */
import type { WebSocket } from 'ws'

const defaultPingMs = 30_000

/** Pings until the socket closes; one whose ping is not answered before the next is `onDead`, and cut. */
export function keepAlive(target: WebSocket, onDead: () => void, everyMs = defaultPingMs): void {
  let answered = true
  // The plugin would pass on the answer to a ping that the caller never sent.
  target.removeAllListeners('pong')
  target.on('pong', () => {
    answered = true
  })
  const pings = setInterval(() => {
    if (answered) {
      answered = false
      target.ping()
      return
    }
    onDead()
    target.terminate()
  }, everyMs).unref()
  target.once('close', () => clearInterval(pings))
}
