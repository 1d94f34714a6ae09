/**
 * The discovery document of a user pool: fetched when it is first asked for, kept, and used while the pool does not answer.
 * Nothing of it is believed that a client could not use.
 */
import type { JwksConfig, UserPoolConfig } from '../config/config.ts'
import { issuersOf } from '../tokens/keys/issuers.ts'
import type { FetchKeys } from '../tokens/keys/jwks.ts'
import { faultText, isLoopbackUri } from '../tokens/keys/source.ts'

export interface DiscoveryOptions {
  readonly pool: UserPoolConfig
  readonly limits: Pick<JwksConfig, 'refreshIntervalMs' | 'cooldownMs' | 'maxStaleMs' | 'timeoutMs'>
  readonly fetch: FetchKeys
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onFailed: (pool: string, detail: string) => void
}

export type PoolMetadata = Readonly<Record<string, unknown>>

const maxBytes = 256 * 1024

export class Discovery {
  readonly #options: DiscoveryOptions
  #good: { readonly metadata: PoolMetadata; readonly fetchedAt: number } | undefined
  #triedAt = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined

  constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  /** Undefined: it cannot be had, and none is known that is young enough. Never rejects. */
  async read(): Promise<PoolMetadata | undefined> {
    const { limits, now } = this.#options
    const isDue = this.#age() >= limits.refreshIntervalMs && now() - this.#triedAt >= limits.cooldownMs
    if (isDue || this.#running) {
      this.#running ??= this.#fetch().finally(() => {
        this.#running = undefined
      })
      await this.#running
    }
    return this.#age() < limits.maxStaleMs ? this.#good?.metadata : undefined
  }

  #age(): number {
    return this.#good === undefined ? Number.POSITIVE_INFINITY : this.#options.now() - this.#good.fetchedAt
  }

  async #fetch(): Promise<void> {
    const { pool, limits, fetch, now, onFailed } = this.#options
    this.#triedAt = now()
    try {
      const bytes = await fetch(discoveryUriOf(pool), {
        timeoutMs: limits.timeoutMs,
        maxBytes,
        insecureHttp: pool.insecureHttpKeys,
      })
      this.#good = { metadata: readMetadata(bytes, pool), fetchedAt: now() }
    } catch (error) {
      onFailed(pool.id, faultText(error))
    }
  }
}

/** Beside the keys, where those are not at the issuer. */
function discoveryUriOf(pool: UserPoolConfig): string {
  const [, beside] = /^(.*)\/\.well-known\/jwks\.json$/.exec(pool.jwksUri ?? '') ?? []
  return `${beside ?? issuersOf(pool)[0]}/.well-known/openid-configuration`
}

/** Throws an error whose message holds nothing of the document. */
function readMetadata(bytes: Uint8Array, pool: UserPoolConfig): PoolMetadata {
  const metadata = parseObject(bytes)
  if (!issuersOf(pool).some((issuer) => issuer === metadata['issuer'])) throw new Error('it names another issuer')
  for (const name of ['authorization_endpoint', 'token_endpoint']) {
    if (!isEndpoint(metadata[name])) throw new Error(`it has no ${name} that can be used`)
  }
  return metadata
}

function parseObject(bytes: Uint8Array): PoolMetadata {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PoolMetadata
  } catch {
    // As below.
  }
  throw new Error('it is no JSON object')
}

function isEndpoint(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && (value.startsWith('https:') || isLoopbackUri(value))
}
