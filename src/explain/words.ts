/**
 * The values that the texts of findings name. Each is made safe for a terminal, and none is a token.
 */
import type { Config } from '../config/config.ts'
import { isBearerAlone } from '../config/credentials.ts'
import type { Route } from '../decide/route.ts'
import type { TokenFacts } from './token-facts.ts'

export interface Words {
  readonly issuer: string
  readonly pools: string
  readonly clientId: string
  readonly clients: string
  readonly audience: string
  readonly audiences: string
  readonly kid: string
  readonly alg: string
  readonly length: string
  readonly limit: string
  /** Seconds since the token expired, and how long it lived. */
  readonly agoSeconds: number
  readonly lifeSeconds: number
  /** Seconds by which the token is ahead of this clock. */
  readonly aheadSeconds: number
  readonly issuedAt: string
  readonly held: string
  readonly demanded: string
  /** A group of the token and a demanded one that differ in capitals alone; empty if there are none. */
  readonly nearGroups: readonly string[]
  /** `credentials.sources`; undefined where it is a bearer token alone. */
  readonly places: string | undefined
}

export interface WordSources {
  readonly config: Config
  readonly token: TokenFacts | undefined
  readonly route: Route | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

export function wordsFor({ config, token, route, now }: WordSources): Words {
  const { issuedAtMs = now, expiresAtMs = now } = token ?? {}
  const policy = route?.policy
  return {
    issuer: show(token?.issuer),
    pools: list(config.userPools.map(({ id }) => id)),
    clientId: show(token?.clientId),
    clients: list(config.userPools.flatMap(({ clientIds }) => clientIds)),
    audience: list(token?.audience ?? []),
    audiences: list(config.userPools.flatMap(({ audience }) => audience)),
    kid: show(token?.kid),
    alg: show(token?.alg),
    length: String(token?.text.length ?? 0),
    limit: String(config.limits.tokenBytes),
    agoSeconds: Math.max(0, Math.round((now - expiresAtMs) / 1000)),
    lifeSeconds: Math.max(0, Math.round((expiresAtMs - issuedAtMs) / 1000)),
    aheadSeconds: Math.max(0, Math.round((issuedAtMs - now) / 1000)),
    issuedAt: new Date(issuedAtMs).toISOString(),
    held: list(policy?.groups ? (token?.groups ?? []) : (token?.scopes ?? [])),
    demanded: list([...(policy?.groups ?? []), ...(policy?.scopes ?? []), ...(policy?.anyScope ?? [])]),
    nearGroups: findNear([...(policy?.groups ?? [])], token?.groups ?? []).map(show),
    places: isBearerAlone(config.credentials) ? undefined : list(config.credentials.sources),
  }
}

function findNear(demanded: readonly string[], held: readonly string[]): readonly string[] {
  for (const group of demanded) {
    const near = held.find((other) => other.toLowerCase() === group.toLowerCase())
    if (near !== undefined) return [near, group]
  }
  return []
}

const maxShown = 120

/** Control characters could move the cursor of a terminal, and others turn its text around. */
export function show(text: string | undefined): string {
  if (text === undefined || text === '') return '–'
  const safe = text.replaceAll(/[^\x20-\x7e\u00a0-\ud7ff\uf900-\ufdff]|[\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return safe.length > maxShown ? `${safe.slice(0, maxShown)}…` : safe
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, 8).map(show).join(', ')
  return items.length === 0 ? '–' : shown + (items.length > 8 ? ', …' : '')
}
