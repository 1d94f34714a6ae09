/**
 * One thread that mints a share of the tokens: a signature takes most of a millisecond. Signs with the key it is given
 * and no other.
 */
import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { mintAccessToken } from '../src/issuer/tokens.ts'

export interface MintJob {
  readonly issuer: string
  readonly clientId: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly expiresInSeconds: number
  readonly from: number
  readonly to: number
}

const job = workerData as MintJob
const key = { kid: job.kid, privateKey: job.privateKey, publicKey: createPublicKey(job.privateKey) }
const keys = {
  current: () => key,
  rotate: () => {},
  replaceMaterial: () => {},
  withdraw: () => false,
  jwks: () => ({ keys: [] }),
}
const context = { keys, issuer: job.issuer, clientId: job.clientId, now: Date.now }
const tokens = Array.from({ length: job.to - job.from }, (_, n) =>
  mintAccessToken(context, {
    username: `user-${job.from + n}`,
    groups: ['orders-readers', 'billing-viewers', `tenant-${(job.from + n) % 97}`],
    scope: 'openid profile email orders/read orders/write',
    expiresInSeconds: job.expiresInSeconds,
  }),
)
parentPort?.postMessage(tokens)
