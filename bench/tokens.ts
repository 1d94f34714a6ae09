/**
 * The tokens of a run, minted once, one a line in a file for the load generators. They are as long as a real access
 * token with a few groups and scopes. Never reused between runs: each run has keys of its own.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createKeys } from '../src/issuer/keys.ts'
import type { Issuer } from '../src/issuer/server.ts'
import type { MintJob } from './mint-worker.ts'
import { sealSession, storeSessions } from './sessions.ts'

export interface TokenSet {
  readonly tokens: readonly string[]
  readonly file: string
}

/**
 * `foreign` is signed with a key, under a kid, that the pool never had; `tampered` has one group too many, and so has
 * each of `forged`, which are as many as `many`.
 */
/** `sessions` are values of Cookie: each holds a token of `hot` in a sealed session. Those of `storedSessions` are in Redis. */
export type TokenSetName =
  | 'hot'
  | 'many'
  | 'tampered'
  | 'forged'
  | 'foreign'
  | 'expired'
  | 'sessions'
  | 'storedSessions'
export type TokenSets = Readonly<Record<TokenSetName, TokenSet>>

const HOT_TOKENS = 1000
const REFUSED_TOKENS = 500
const DAY_SECONDS = 86_400
const MINT_THREADS = 2

export interface MintOptions {
  readonly folder: string
  readonly issuer: Issuer
  readonly manyTokens: number
  /** Undefined: there is no Redis, and no sessions in it. */
  readonly redisUrl: string | undefined
}

export async function mintTokenSets({ folder, issuer, manyTokens, redisUrl }: MintOptions): Promise<TokenSets> {
  const own = issuer.keys.current('access')
  const other = createKeys().current('access')
  const context = { issuer: issuer.issuer, clientId: issuer.clientId }
  const mint = (key: typeof own, count: number, expiresInSeconds: number): Promise<readonly string[]> =>
    mintInThreads({ ...context, kid: key.kid, privateKey: key.privateKey, expiresInSeconds }, count)
  const many = await mint(own, manyTokens, DAY_SECONDS)
  const foreign = await mint(other, REFUSED_TOKENS, DAY_SECONDS)
  const expired = await mint(own, REFUSED_TOKENS, -DAY_SECONDS)
  const hot = many.slice(0, HOT_TOKENS)
  const forged = many.map(issuer.tamper)
  const write = (name: TokenSetName, tokens: readonly string[]): TokenSet => {
    const file = join(folder, `${name}.tokens`)
    writeFileSync(file, `${tokens.join('\n')}\n`)
    return { tokens, file }
  }
  return {
    hot: write('hot', hot),
    many: write('many', many),
    tampered: write('tampered', forged.slice(0, REFUSED_TOKENS)),
    forged: write('forged', forged),
    foreign: write('foreign', foreign),
    expired: write('expired', expired),
    sessions: write('sessions', hot.map(sealSession)),
    storedSessions: write('storedSessions', redisUrl === undefined ? [] : await storeSessions(redisUrl, hot)),
  }
}

async function mintInThreads(job: Omit<MintJob, 'from' | 'to'>, count: number): Promise<readonly string[]> {
  const share = Math.ceil(count / MINT_THREADS)
  const parts = Array.from({ length: MINT_THREADS }, (_, part) =>
    mintPart({ ...job, from: part * share, to: Math.min(count, (part + 1) * share) }),
  )
  return (await Promise.all(parts)).flat()
}

function mintPart(job: MintJob): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('mint-worker.ts', import.meta.url), { workerData: job })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
