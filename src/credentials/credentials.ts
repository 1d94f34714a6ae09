/**
 * Where a request has its credential: what the walk asks, and the default, which is a bearer token alone.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import type { HeaderRules } from '../headers/request.ts'
import type { Credential } from '../tokens/extract.ts'
import { extractCredential } from '../tokens/extract.ts'

/** What is looked at of a request. */
export interface CredentialHead {
  readonly method: string
  /** The request target. */
  readonly url: string
  readonly fields: HeadFields
}

export type Found =
  | Credential
  /** There is more than one. */
  | { readonly kind: 'conflict' }
  /** A browser sends it by itself, and a page of another site has made it do so. */
  | { readonly kind: 'cross_site' }

/** Schemes of the challenge in a 401 (RFC 9110 section 11.6.1). */
export type Scheme = 'Bearer' | 'Basic'

export interface Credentials {
  /** Longer tokens than `maxTokenBytes` are `too_large`. */
  readonly extract: (head: CredentialHead, maxTokenBytes: number) => Found
  /** Never empty. */
  readonly schemes: readonly Scheme[]
  /** A request target without its credential; undefined: none is read there. */
  readonly stripTarget: ((target: string) => string) | undefined
  /** Keeps credentials from the service; undefined: they are only in `Authorization: Bearer`. */
  readonly withhold: HeaderRules['withhold']
  /** The subprotocol that cogate itself answers with; undefined: the caller offers none, or none is read. */
  readonly ownProtocol: ((fields: HeadFields) => string | undefined) | undefined
}

export const bearerAlone: Credentials = {
  extract: ({ fields }, maxTokenBytes) => extractCredential(fields.authorization, maxTokenBytes),
  schemes: ['Bearer'],
  stripTarget: undefined,
  withhold: undefined,
  ownProtocol: undefined,
}
