/**
 * The connection to Redis or Valkey: made with the first command, made again by itself, and never waited for long. The only
 * file that uses iovalkey; it is loaded only where sessions live there.
 */
import { readFileSync } from 'node:fs'
import type { RedisOptions } from 'iovalkey'
import { Redis } from 'iovalkey'
import { StoreAway } from './store-away.ts'

export interface RedisSettings {
  /** `redis:` or `rediss:`, with user, password and database where it has them. */
  readonly url: string
  readonly caFile?: string | undefined
}

export interface RedisEvents {
  /** Called when it changes, and for each new fault of commands. The detail never holds the password. */
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
  readonly #onState: RedisEvents['onState']
  #hasClosed = false
  /** Why there is no connection; undefined while there is one. */
  #fault: string | undefined
  /** What was told last, so that one fault is told once however many commands meet it. */
  #told: string | undefined

  /** Throws like `readFileSync` where the file cannot be read. Connects with the first command. */
  constructor(settings: RedisSettings, { onState }: RedisEvents) {
    this.#client = new Redis(optionsOf(settings))
    this.#onState = onState
    this.#client.on('error', (error: Error) => {
      if (this.#fault === undefined) this.#tell(describeFault(error))
      this.#fault = describeFault(error)
    })
    this.#client.on('ready', () => {
      if (this.#told !== undefined) onState(true, '')
      this.#fault = undefined
      this.#told = undefined
    })
  }

  /** Rejects with StoreAway for whatever is wrong. While the connection is broken it does not wait for the next attempt. */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    const { status } = this.#client
    if (status === 'reconnecting' || status === 'close' || status === 'end') throw this.#away('not connected')
    try {
      return await command(this.#client)
    } catch (error) {
      throw this.#away(describeFault(error as Error))
    }
  }

  close(): void {
    this.#hasClosed = true
    this.#client.disconnect()
  }

  #away(detail: string): StoreAway {
    if (this.#fault === undefined) this.#tell(detail)
    return new StoreAway(this.#fault ?? detail)
  }

  #tell(detail: string): void {
    if (this.#told === detail || this.#hasClosed) return
    this.#told = detail
    this.#onState(false, detail)
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
