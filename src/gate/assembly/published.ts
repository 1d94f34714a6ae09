/**
 * Joins what the gate publishes of itself: loaded where it is configured.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config } from '../../config/config.ts'
import type { IdentitySigner } from '../../identity-token/identity-token.ts'
import type { Observers } from '../../ops/observers.ts'
import type { ResourceMetadata } from '../../resource/resource-metadata.ts'
import type { FetchKeys } from '../../tokens/keys/jwks.ts'
import type { GateRuntime } from '../gate.ts'

export interface PublishedContext {
  readonly observers: Observers
  readonly now: () => number
  readonly fetchKeys: FetchKeys
  readonly before: { readonly config: Config; readonly runtime: GateRuntime } | undefined
}

/** Nothing of that room is loaded without `resourceMetadata.enabled`. What it has fetched goes on where its settings are the same. */
export async function compileGateMetadata(
  config: Config,
  { observers, now, fetchKeys, before }: PublishedContext,
): Promise<ResourceMetadata | undefined> {
  if (!config.resourceMetadata.enabled) return undefined
  if (before && isSame(settingsOf(before.config), settingsOf(config))) return before.runtime.resourceMetadata
  const { compileResourceMetadata } = await import('../../resource/resource-metadata.ts')
  return compileResourceMetadata(config, {
    fetch: fetchKeys,
    now,
    onFailed: (pool, detail) => observers.log.warn({ pool, detail }, 'discovery_failed'),
  })
}

function settingsOf({ resourceMetadata, publicUrl, userPools, routes, jwks }: Config) {
  return { resourceMetadata, publicUrl, userPools, routes, jwks }
}

/** Nothing of that room is loaded without `identityToken.audience`. Throws FaultError where its keys cannot be read. */
export async function compileGateSigner(
  config: Config,
  { now, before }: Pick<PublishedContext, 'now' | 'before'>,
): Promise<IdentitySigner | undefined> {
  if (config.identityToken.audience === undefined) return undefined
  const { compileIdentitySigner } = await import('../../identity-token/identity-token.ts')
  const signer = before?.runtime.identitySigner
  return compileIdentitySigner(config, { now, before: before && signer && { config: before.config, signer } })
}
