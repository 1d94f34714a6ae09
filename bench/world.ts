/**
 * What every contender is started from: the issuer, its key as files, tokens, two upstreams, two cores. Nothing here
 * knows a contender.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Issuer, startIssuer } from '../src/issuer/server.ts'
import { canPin } from './process.ts'
import { startRedis } from './redis.ts'
import { mintTokenSets, type TokenSets } from './tokens.ts'
import { startUpstreams, type Upstream, type UpstreamName } from './upstreams.ts'

export interface World {
  /** Of this run; removed when the process ends. */
  readonly folder: string
  readonly issuer: Pick<Issuer, 'issuer' | 'clientId' | 'poolId' | 'jwksUri'>
  /** The key that signs access tokens, as PEM. */
  readonly publicKeyPem: string
  readonly publicKeyFile: string
  readonly kid: string
  readonly upstreams: Readonly<Record<UpstreamName, Upstream>>
  readonly tokens: TokenSets
  /** Of the sessions of `storedSessions`; undefined where redis-server is not installed. */
  readonly redisUrl: string | undefined
  /** Undefined where processes cannot be pinned. */
  readonly gateCore: number | undefined
  readonly loadCore: number | undefined
}

export interface StartedWorld extends World {
  stop(): Promise<void>
}

export interface WorldOptions {
  readonly manyTokens: number
}

export async function startWorld({ manyTokens }: WorldOptions): Promise<StartedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-bench-'))
  // Of an interrupted run, too.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const issuer = await startIssuer()
  const { publicKey, kid } = issuer.keys.current('access')
  const publicKeyPem = String(publicKey.export({ type: 'spki', format: 'pem' }))
  const publicKeyFile = join(folder, 'key.pem')
  writeFileSync(publicKeyFile, publicKeyPem)
  const loadCore = canPin() ? 1 : undefined
  const upstreams = await startUpstreams(folder, loadCore)
  const redis = await startRedis(folder, loadCore)
  const tokens = await mintTokenSets({ folder, issuer, manyTokens, redisUrl: redis?.url })
  const stop = async (): Promise<void> => {
    for (const upstream of Object.values(upstreams)) await upstream.stop()
    await redis?.stop()
    await issuer.close()
  }
  const gateCore = canPin() ? 0 : undefined
  return {
    folder,
    issuer,
    publicKeyPem,
    publicKeyFile,
    kid,
    upstreams,
    tokens,
    redisUrl: redis?.url,
    gateCore,
    loadCore,
    stop,
  }
}
