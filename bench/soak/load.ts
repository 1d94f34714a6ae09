/**
 * The load of the soak: as many calls at once as told, for calibration, or as many a second as told, whether or not the
 * earlier ones have ended. Never slows down because the gate does.
 */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Call, makeCall } from './call.ts'
import { type Kind, pickKind } from './kinds.ts'
import type { Ledger } from './ledger.ts'
import type { Generation } from './mint-worker.ts'

export interface LoadOptions {
  readonly gateUrl: string
  readonly ledger: Ledger
  /** The generation that is in use now. */
  readonly tokens: () => TokensInUse
  /** Whether the gate may be without an answer from the key endpoint. */
  readonly keysAreDown: () => boolean
}

export interface TokensInUse {
  readonly own: Generation
  /** Its key was never published. */
  readonly foreign: Generation
  /** Its key was published once; undefined until there is such a key. */
  readonly withdrawn: Generation | undefined
}

const callersAtOnce = 64
const tickMs = 5
/** Beyond this many open calls something stands still; further ones are left out, and those time out if it stays so. */
const maxOpenCalls = 1000
/** When the load generator itself was held up, it does not make up for it all at once. */
const maxCallsATick = 50

export class Load {
  readonly #options: LoadOptions
  /** Calls that end as they should keep their connections to themselves, in turn. */
  readonly #steady = new Agent({ keepAlive: true, maxSockets: callersAtOnce, scheduling: 'fifo' })
  readonly #odd = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' })
  #made = 0
  #leftOut = 0

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Calls that were due but not made: too many were open, or the load generator itself was late. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Plain calls one after the other on each of a number of connections; calls a second. */
  async calibrate(durationMs: number): Promise<number> {
    const startedAt = performance.now()
    const madeBefore = this.#made
    const callInTurn = async (): Promise<void> => {
      while (performance.now() - startedAt < durationMs) await this.#call('get')
    }
    await Promise.all(Array.from({ length: callersAtOnce }, callInTurn))
    return (this.#made - madeBefore) / ((performance.now() - startedAt) / 1000)
  }

  async offer(callsPerSecond: number, durationMs: number): Promise<void> {
    const startedAt = performance.now()
    let due = 0
    for (let atMs = 0; atMs < durationMs; atMs = performance.now() - startedAt) {
      const dueNow = Math.floor((callsPerSecond * atMs) / 1000)
      this.#leftOut += Math.max(0, dueNow - due - maxCallsATick)
      for (due = Math.max(due, dueNow - maxCallsATick); due < dueNow; due++) this.#callUnlessStopped()
      await sleep(tickMs)
    }
    while (this.#options.ledger.open > 0) await sleep(tickMs)
  }

  #callUnlessStopped(): void {
    if (this.#options.ledger.open < maxOpenCalls) void this.#call(pickKind(Math.random()))
    else this.#leftOut++
  }

  close(): void {
    this.#steady.destroy()
    this.#odd.destroy()
  }

  async #call(wished: Kind): Promise<void> {
    const { ledger, gateUrl, keysAreDown } = this.#options
    const { kind, token, index } = this.#choose(wished)
    const user = `soak-user-${index}`
    const agent = kind === 'get' || kind === 'post' ? this.#steady : this.#odd
    this.#made++
    const call: Call = { id: ledger.begin(kind, user), kind, token, user, gateUrl, agent, chance: Math.random() }
    ledger.end(call.id, await makeCall(call), keysAreDown())
  }

  #choose(wished: Kind): { readonly kind: Kind; readonly token: string; readonly index: number } {
    const { own, foreign, withdrawn } = this.#options.tokens()
    const kind = wished === 'token of a withdrawn key' && withdrawn === undefined ? 'get' : wished
    const tokens = tokensFor(kind, own, { foreign, withdrawn })
    const index = Math.floor(Math.random() * tokens.length)
    return { kind, token: tokens[index] ?? '', index }
  }
}

function tokensFor(kind: Kind, own: Generation, others: Omit<TokensInUse, 'own'>): readonly string[] {
  if (kind === 'expired token') return own.expired
  if (kind === 'tampered token') return own.tampered
  if (kind === 'token of a foreign key') return others.foreign.good
  if (kind === 'token of a withdrawn key') return others.withdrawn?.good ?? []
  return own.good
}
