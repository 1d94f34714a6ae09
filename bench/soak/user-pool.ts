/**
 * The user pool of a soak: generations of tokens, which of them calls use, and the troubles of its key endpoint as the
 * plan has them. Tokens never come from a key the gate could not have fetched.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type KeyServer, startKeyServer } from './key-server.ts'
import type { TokensInUse } from './load.ts'
import type { Generation, MintOrder } from './mint-worker.ts'
import type { Trouble } from './trouble.ts'

export interface UserPool {
  readonly keyServer: KeyServer
  readonly clientId: string
  tokens(): TokensInUse
  /** Whether the gate may still lack the answer it asked for. */
  keysAreDown(): boolean
  /** Rotations and outages so far. */
  readonly rotations: number
  readonly outages: number
  follow(plan: readonly Trouble[], signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Calls that were begun before a step are over before the next one. */
const leastGapMs = 2000
const clientId = '1soakclient2345678901234ab'

export async function startUserPool(tokenCount: number): Promise<UserPool> {
  const keyServer = await startKeyServer()
  const order: MintOrder = { issuer: keyServer.issuer, clientId, tokens: tokenCount }
  const worker = new Worker(new URL('./mint-worker.ts', import.meta.url), { workerData: order })
  const foreign = await mint(worker)
  const first = await mint(worker)
  keyServer.publish([first.jwks])
  return new Pool(keyServer, worker, { own: first, foreign, withdrawn: undefined })
}

async function mint(worker: Worker): Promise<Generation> {
  worker.postMessage('mint')
  const [generation] = (await once(worker, 'message')) as [Generation]
  return generation
}

class Pool implements UserPool {
  readonly keyServer: KeyServer
  readonly clientId = clientId
  readonly #worker: Worker
  #tokens: TokensInUse
  #next: Promise<Generation>
  #old: Generation | undefined
  rotations = 0
  outages = 0

  constructor(keyServer: KeyServer, worker: Worker, tokens: TokensInUse) {
    this.keyServer = keyServer
    this.#worker = worker
    this.#tokens = tokens
    this.#next = mint(worker)
  }

  tokens(): TokensInUse {
    return this.#tokens
  }

  keysAreDown(): boolean {
    return this.keyServer.isDown()
  }

  async follow(plan: readonly Trouble[], signal: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    for (const trouble of plan) {
      await sleep(Math.max(leastGapMs, trouble.atMs - (performance.now() - startedAt)), undefined, { signal })
      await this.#meet(trouble, signal)
    }
  }

  async #meet(trouble: Trouble, signal: AbortSignal): Promise<void> {
    if (trouble.what === 'publish') await this.#publish()
    else if (trouble.what === 'switch') await this.#switch()
    else if (trouble.what === 'withdraw') await this.#withdraw()
    else await this.#failFor(trouble, signal)
  }

  /** However late the machine is: a token is used when the gate has its key, and not before. */
  async #publish(): Promise<void> {
    const next = await this.#next
    this.keyServer.publish([this.#tokens.own.jwks, next.jwks])
    await this.keyServer.fetched()
  }

  async #switch(): Promise<void> {
    this.#old = this.#tokens.own
    this.#tokens = { ...this.#tokens, own: await this.#next }
    this.#next = mint(this.#worker)
    this.rotations++
  }

  async #withdraw(): Promise<void> {
    this.keyServer.publish([this.#tokens.own.jwks])
    await this.keyServer.fetched()
    this.#tokens = { ...this.#tokens, withdrawn: this.#old }
  }

  async #failFor(trouble: Extract<Trouble, { what: 'outage' }>, signal: AbortSignal): Promise<void> {
    this.outages++
    this.keyServer.setOutage(trouble.outage)
    await sleep(trouble.durationMs, undefined, { signal })
    this.keyServer.setOutage(undefined)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
    await this.keyServer.close()
  }
}
