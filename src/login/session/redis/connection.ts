/**
 * The connection to Redis or Valkey: made with the first command, made again by itself, and never waited for long. The only
 * file that uses iovalkey; it is loaded only where sessions live there.
 */
import { readFileSync } from 'node:fs'
import type { RedisOptions } from 'iovalkey'
import { Redis } from 'iovalkey'
import { StoreAway } from '../store.ts'

export interface RedisSettings {
  /** `redis:` or `rediss:`, with user, password and database where it has them. */
  readonly url: string
  readonly caFile?: string | undefined
}

export interface RedisEvents {
  /** Called when it changes. The detail never holds the password. */
  readonly onState: (isReachable: boolean, detail: string) => void
}

/** Longer than a command of a healthy Redis ever takes. */
const commandMs = 1000
/** A connection on which nothing comes back for this long is given up. */
const silenceMs = 2000
const firstPauseMs = 50
const longestPauseMs = 2000

export class RedisConnection {
  readonly #client: Redis
  #isReachable = true
  #hasClosed = false
  /** Why there is no connection; undefined while there is one. */
  #fault: string | undefined

  /** Throws like `readFileSync` where the file cannot be read. Connects with the first command. */
  constructor(settings: RedisSettings, { onState }: RedisEvents) {
    this.#client = new Redis(optionsOf(settings))
    const tell = (isReachable: boolean, detail: string) => {
      if (this.#isReachable === isReachable || this.#hasClosed) return
      this.#isReachable = isReachable
      onState(isReachable, detail)
    }
    this.#client.on('error', (error: Error) => {
      this.#fault = describeFault(error)
      tell(false, this.#fault)
    })
    this.#client.on('close', () => tell(false, 'the connection was closed'))
    this.#client.on('ready', () => {
      this.#fault = undefined
      tell(true, '')
    })
  }

  /** Rejects with StoreAway for whatever is wrong. While the connection is broken it does not wait for the next attempt. */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    const { status } = this.#client
    if (status === 'reconnecting' || status === 'close' || status === 'end')
      throw new StoreAway(this.#fault ?? 'not connected')
    try {
      return await command(this.#client)
    } catch (error) {
      throw new StoreAway(this.#fault ?? describeFault(error as Error), { cause: error })
    }
  }

  close(): void {
    this.#hasClosed = true
    this.#client.disconnect()
  }
}

function optionsOf({ url, caFile }: RedisSettings): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: caFile ? { ca: readFileSync(caFile) } : {} }),
    lazyConnect: true,
    connectTimeout: commandMs,
    commandTimeout: commandMs,
    socketTimeout: silenceMs,
    keepAlive: 30_000,
    // What was under way on a connection that broke may have happened or not: whoever asked decides.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(firstPauseMs * 2 ** Math.min(times, 10), longestPauseMs),
    // After a failover the old primary refuses writes.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  }
}

/** For a name with several addresses the error holds one for each, and has no message of its own. */
function describeFault({ message, ...error }: Error & { readonly code?: string }): string {
  return message || error.code || 'not reachable'
}
