/**
 * An exchange on a connection of its own, outside the pool: an upgrade makes something else of it, and any other answer is
 * its last.
 */
import type { Connect } from './connect.ts'
import { ConnectError } from './connect.ts'
import type { ConnectionOptions } from './connection.ts'
import { Connection } from './connection.ts'
import type { Ticket } from './ticket.ts'
import type { ExchangeHandler, UpstreamRequest } from './upstream-request.ts'

export interface LoneOptions extends Omit<ConnectionOptions, 'onFree' | 'onGone'> {
  readonly connect: Connect
}

const longestSweepMs = 1000

export function dispatchAlone(options: LoneOptions, request: UpstreamRequest, handler: ExchangeHandler): Ticket {
  let connection: Connection | undefined
  const cancel = options.connect((error, socket) => {
    if (error) {
      handler.onError(new ConnectError(error))
      return
    }
    const everyMs = Math.min(longestSweepMs, Math.ceil(Math.min(options.responseTimeoutMs, options.idleTimeoutMs) / 4))
    const sweeper = setInterval(() => connection?.sweep(performance.now()), everyMs).unref()
    connection = new Connection(socket, {
      ...options,
      onFree: (free) => free.destroy(),
      onGone: () => clearInterval(sweeper),
    })
    connection.send(request, handler)
  })
  return {
    abort: () => (connection ? connection.abort(handler) : cancel()),
    resume: () => connection?.resume(handler),
  }
}
