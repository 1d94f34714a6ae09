/** Header rules as a runtime compiles them, and what the upstream gets under them. */
import type { Config } from '../../src/config/config.ts'
import { compileAdded } from '../../src/headers/added.ts'
import { compileTrust, createPeer } from '../../src/headers/forwarded.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { compileIdentity } from '../../src/headers/identity.ts'
import { readLines } from '../../src/headers/lines.ts'
import { compileOwnAddress } from '../../src/headers/location.ts'
import { type HeaderRules, type RequestFacts, upstreamHeaders } from '../../src/headers/request.ts'

type IdentityConfig = Config['identityHeaders']

export interface RuleChanges {
  readonly identity?: Partial<IdentityConfig>
  readonly trust?: readonly string[]
  readonly preserveHost?: boolean
  readonly via?: boolean
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

export function createHeaderRules({
  identity,
  trust = [],
  preserveHost = true,
  via = false,
  headers = {},
}: RuleChanges = {}): HeaderRules {
  const config = {
    preset: 'default',
    stripPrefixes: [],
    passToken: true,
    unverifiedEmail: 'drop',
    ...identity,
  } satisfies IdentityConfig
  return {
    identity: compileIdentity(config),
    isTrusted: compileTrust(trust),
    authorization: config.passToken ? 'all' : 'other than bearer',
    added: compileAdded({ headers }),
    preserveHost,
    upstreamHost,
    addsVia: via,
    stripCookies: undefined,
    signIdentity: undefined,
    withhold: undefined,
    ownAddress: compileOwnAddress(`http://${upstreamHost}`),
    kinds: new Map(),
  }
}

/** Sent as Host where the caller's is not. */
export const upstreamHost = 'upstream.internal:8080'

export const plainPeer = createPeer({ address: '192.0.2.7', encrypted: false, localPort: 8181 })

export type Line = readonly [name: string, value: string]

/** The lines sent upstream for the lines received. */
export function forwardLines(rules: HeaderRules, received: readonly Line[], facts: Partial<RequestFacts> = {}): Line[] {
  const lines = upstreamHeaders(rules, {
    fields: readFields(received.flat()),
    peer: plainPeer,
    caller: undefined,
    requestId: 'id-1',
    ...facts,
  })
  return [...readLines(lines)]
}
