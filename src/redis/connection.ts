/**
 * The connection to Redis or Valkey: made with the first command, made again by itself, and never waited for long. The only
 * file that uses iovalkey; it is loaded only where something lives there.
 */
import { readFileSync } from 'node:fs'
import type { RedisOptions } from 'iovalkey'
import { Redis } from 'iovalkey'
import { StoreAway } from './store-away.ts'

export interface RedisSettings {
  /** `redis:` or `rediss:`, with user, password and database where it has them. */
  readonly url: string
  readonly caFile?: string | undefined
  /** One line each. They are read for each connection, so that they can be changed. */
  readonly usernameFile?: string | undefined
  readonly passwordFile?: string | undefined
}

export interface RedisEvents {
  /** Called when it changes, and for each new fault of commands. The detail never holds the password. */
  readonly onState: (isReachable: boolean, detail: string) => void
}

/** What is heard of a channel. */
export interface Listener {
  readonly onMessage: (text: string) => void
  /** Messages come from now on. Called again after each new connection: those in between are lost. */
  readonly onSubscribed: () => void
}

/** Longer than a command of a healthy Redis ever takes that asks for little. */
const defaultCommandMs = 1000
/** A server that does not take a connection for this long is away. */
const connectMs = 1000
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

  /** Throws like `readFileSync` where a file cannot be read. Connects with the first command. */
  constructor(settings: RedisSettings, { onState }: RedisEvents, commandMs = defaultCommandMs) {
    this.#client = new Redis({
      ...optionsOf(settings),
      commandTimeout: commandMs,
      retryStrategy: (times) => {
        renewCredentials(this.#client.options, settings)
        return Math.min(firstPauseMs * 2 ** Math.min(times, 10), longestPauseMs)
      },
    })
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

  /** False: a command would fail at once, or would have to wait for a connection first. */
  get isReady(): boolean {
    return this.#client.status === 'ready'
  }

  /** Called for each new connection. */
  onReady(run: () => void): void {
    this.#client.on('ready', run)
  }

  /** Connects now, and not with the first command. Never rejects: whoever runs a command hears of it. */
  async connect(): Promise<void> {
    await this.#client.connect().catch(() => undefined)
  }

  /**
   * Hears a channel over all connections that follow, until it is closed. From then on PING is the only other command. Returns
   * what subscribes where that has not worked yet, and finds out whether the connection still lives: the promise holds what is wrong.
   */
  listen(channel: string, { onMessage, onSubscribed }: Listener): () => Promise<string | undefined> {
    const state = { isSubscribed: false }
    this.#client.on('message', (_channel: string, text: string) => onMessage(text))
    this.#client.on('close', () => {
      state.isSubscribed = false
    })
    const subscribe = async () => {
      await this.run((client) => client.subscribe(channel))
      state.isSubscribed = true
      onSubscribed()
    }
    const check = async () => {
      if (state.isSubscribed) await this.run((client) => client.ping())
      else await subscribe()
    }
    this.#client.on('ready', () => void subscribe().catch(faultOf))
    return () => check().then(() => undefined, faultOf)
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

function optionsOf({ url, caFile, ...files }: RedisSettings): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...readCredentials(files),
    ...(protocol === 'rediss:' && { tls: caFile ? { ca: readFileSync(caFile) } : {} }),
    lazyConnect: true,
    connectTimeout: connectMs,
    socketTimeout: silenceMs,
    keepAlive: 30_000,
    // What was under way on a connection that broke may have happened or not: whoever asked decides.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // After a failover the old primary refuses writes.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  }
}

type CredentialFiles = Pick<RedisSettings, 'usernameFile' | 'passwordFile'>

/** Throws like `readFileSync`. */
function readCredentials({ usernameFile, passwordFile }: CredentialFiles) {
  return {
    ...(usernameFile && { username: readLine(usernameFile) }),
    ...(passwordFile && { password: readLine(passwordFile) }),
  }
}

function readLine(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}

/** A file that is away at the moment leaves what was read before. */
function renewCredentials(options: RedisOptions, files: CredentialFiles): void {
  try {
    Object.assign(options, readCredentials(files))
  } catch {
    // The server will say whether the old ones are still good.
  }
}

function faultOf(error: Error): string {
  if (!(error instanceof StoreAway)) throw error
  return error.message
}

/** For a name with several addresses the error holds one for each, and has no message of its own. */
function describeFault({ message, ...error }: Error & { readonly code?: string }): string {
  return message || error.code || 'not reachable'
}
