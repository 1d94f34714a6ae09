/**
 * The signed identity, put together from its configuration: what signs, and what is published. Nothing of this room is loaded without
 * `identityToken.audience`.
 */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config } from '../config/config.ts'
import { albDataHeader, signsAsAlb } from '../config/published.ts'
import { FaultError } from '../errors.ts'
import type { Verified } from '../tokens/verified.ts'
import { KeyRing } from './key-ring.ts'
import { compileSigner } from './signer.ts'
import type { SigningKey } from './signing-keys.ts'
import { makePrivateKey, readSigningKeys } from './signing-keys.ts'

export interface IdentitySigner {
  readonly ring: KeyRing
  /** Header lines with the signed identity. */
  readonly linesFor: (caller: Verified) => string
  /** At a path below the prefix of the endpoints; undefined: there is nothing. */
  answer(path: string): PublishedKeys | undefined
}

export interface PublishedKeys {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

export interface IdentityParts {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What the gate has run with until now. */
  readonly before: { readonly config: Config; readonly signer: IdentitySigner } | undefined
}

/** Throws FaultError where the keys cannot be read. */
export function compileIdentitySigner(config: Config, { now, before }: IdentityParts): IdentitySigner {
  const { header, audience = '', ttlMs, algorithm, issuer = publicOrigin(config), signer } = config.identityToken
  const ring = compileRing(config, now(), before)
  if (before && ring === before.signer.ring && isSame(settingsOf(before.config), settingsOf(config)))
    return before.signer
  const alb = signsAsAlb(config) ? { header: albDataHeader, signer: signer ?? issuer } : undefined
  return {
    ring,
    linesFor: compileSigner({ header, issuer, audience, ttlMs, algorithm, alb }, { ring, now }),
    answer: (path) => showKeys(ring.published(now()), path),
  }
}

function settingsOf({ identityToken, identityHeaders, publicUrl }: Config) {
  return { identityToken, identityHeaders, publicUrl }
}

function publicOrigin({ publicUrl = '' }: Config): string {
  return new URL(publicUrl).origin
}

/** Keys of another algorithm are of no use to those who verify, and nobody waits for them. */
function compileRing(config: Config, now: number, before: IdentityParts['before']): KeyRing {
  const { algorithm, keyFile, ttlMs } = config.identityToken
  const past = before?.config.identityToken
  const isSameKind = past?.algorithm === algorithm
  // A key that was made here stays while the process runs.
  if (before && isSameKind && keyFile === undefined && past.keyFile === undefined) return before.signer.ring
  const keys = loadKeys(config)
  return before && isSameKind ? before.signer.ring.follow(keys, now, Math.max(ttlMs, past.ttlMs)) : KeyRing.begin(keys)
}

function loadKeys({ identityToken: { keyFile, known, algorithm } }: Config): readonly SigningKey[] {
  if (keyFile === undefined) return readSigningKeys(known ?? makePrivateKey(algorithm), algorithm)
  try {
    return readSigningKeys(readFileSync(keyFile, 'utf8'), algorithm)
  } catch (error) {
    // The text of an error never holds any of the file.
    throw new FaultError(`identityToken.keyFile ${keyFile}: ${(error as Error).message}`)
  }
}

function showKeys(keys: readonly SigningKey[], path: string): PublishedKeys | undefined {
  if (path === '/jwks.json') {
    return show('application/jwk-set+json', JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }))
  }
  const key = keys.find(({ kid }) => path === `/keys/${kid}`)
  return key && show('application/x-pem-file', key.publicPem)
}

function show(type: string, body: string): PublishedKeys {
  const headers = ['Content-Type', type, 'Cache-Control', 'public, max-age=300', 'Access-Control-Allow-Origin', '*']
  return { status: 200, headers, body }
}
