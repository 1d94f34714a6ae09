/**
 * A thread that makes keys and signs tokens, so that the load does not stand still meanwhile. Answers each number of
 * tokens it is sent with a new generation; signs for the soak alone.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { createKeys, type Jwks } from '../../src/issuer/keys.ts'
import { mintAccessToken, tamper } from '../../src/issuer/tokens.ts'

export interface MintOrder {
  readonly issuer: string
  readonly clientId: string
  readonly tokens: number
}

/** Everything that one signing key has signed. */
export interface Generation {
  readonly jwks: Jwks
  /** The one at index n is of `soak-user-<n>`. */
  readonly good: readonly string[]
  readonly expired: readonly string[]
  readonly tampered: readonly string[]
}

const REFUSED_TOKENS = 50
const LIFETIME_SECONDS = 6 * 3600

parentPort?.on('message', () => parentPort?.postMessage(mint(workerData as MintOrder)))

function mint({ issuer, clientId, tokens }: MintOrder): Generation {
  const keys = createKeys()
  const context = { keys, issuer, clientId, now: Date.now }
  const sign = (n: number, expiresInSeconds: number): string =>
    mintAccessToken(context, { username: `soak-user-${n}`, groups: ['readers', `tenant-${n % 97}`], expiresInSeconds })
  const good = Array.from({ length: tokens }, (_, n) => sign(n, LIFETIME_SECONDS))
  return {
    jwks: keys.jwks(),
    good,
    expired: Array.from({ length: REFUSED_TOKENS }, (_, n) => sign(n, -60)),
    tampered: good.slice(0, REFUSED_TOKENS).map(tamper),
  }
}
