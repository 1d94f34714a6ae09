/** Finds an upstream that is gone without a word, though no message is on the way to it. */
import type { WebSocket } from 'ws'

const defaultPingMs = 30_000

/** Pings until the socket closes; one that has not said a word by the next is `onDead`, and cut. */
export function keepAlive(target: WebSocket, onDead: () => void, everyMs = defaultPingMs): void {
  let answered = true
  // The plugin would pass on the answer to a ping that the caller never sent.
  target.removeAllListeners('pong')
  const hear = (): void => {
    answered = true
  }
  for (const word of ['pong', 'ping', 'message']) target.on(word, hear)
  const pings = setInterval(() => {
    // While a slow caller keeps it from being read, its answers are not either.
    if (answered || target.isPaused) {
      answered = false
      target.ping()
      return
    }
    onDead()
    target.terminate()
  }, everyMs).unref()
  target.once('close', () => clearInterval(pings))
}
