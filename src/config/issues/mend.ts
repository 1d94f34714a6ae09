/**
 * Mends a text that is of the right type and still refused by a rule, so that a suggestion can be followed: a method in
 * small letters, a host with its port, two scopes in one text. Never makes a demand weaker.
 */
import { METHODS } from '../../node-http.ts'
import { findPathFault } from '../paths/grammar.ts'
import {
  closedOrigin,
  isRouteHost,
  parseHttpUrl,
  RESOURCE_PATH,
  UPSTREAM_NAME,
  UPSTREAM_PREFIX,
} from '../table/addresses.ts'
import { guessClientId, guessPoolId, POOL_ID, REGION_ONLY } from '../table/cognito-ids.ts'
import type { Option } from '../table/option.ts'
import { guessSource } from './guess-source.ts'

/** The texts that are meant, most often one; undefined when nobody can know them. */
type Mend = (text: string) => readonly string[] | undefined

const MENDS: Readonly<Record<string, Mend>> = {
  'userPools[].id': (text) => (POOL_ID.test(text) ? [text] : [guessPoolId(text)]),
  'userPools[].clientIds': mendClientId,
  'userPools[].issuer': (text) => [bareIssuer(text)],
  'userPools[].additionalRegions': (text) => only(text, REGION_ONLY),
  'routes[].path': mendPath,
  'routes[].methods': mendMethod,
  'routes[].host': (text) => [mendHost(text)].filter((host) => host !== undefined),
  'routes[].scopes': splitScopes,
  'routes[].anyScope': splitScopes,
  'routes[].clientIds': mendClientId,
  'routes[].userPools': () => undefined,
  'routes[].upstream': () => undefined,
  'routes[].stripPrefix': () => undefined,
  'routes[].addPrefix': (text) => only(text, UPSTREAM_PREFIX),
  'upstreams[].name': (text) => only(text, UPSTREAM_NAME),
  'credentials.sources': mendSource,
  'cors.allowOrigins': mendOrigin,
  'session.allowedOrigins': mendOrigin,
  'authApi.allowedOrigins': mendOrigin,
  publicUrl: mendOrigin,
  'login.domain': mendOrigin,
  'login.scopes': splitScopes,
  'resourceMetadata.resources': (text) => only(text, RESOURCE_PATH),
  'resourceMetadata.scopes': splitScopes,
  'identityToken.header': (text) => only(text, /^x-[a-z0-9-]+$/i),
  'identityHeaders.set[].name': (text) => only(text, /^x-[a-z0-9-]+$/i),
  'identityHeaders.stripPrefixes': (text) => only(text, /^x-[a-z0-9-]+$/i),
  'endpoints.prefix': (text) => only(text, /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$/),
}

/** `texts` as the rules about this option accept them; undefined when one of them cannot be mended. */
export function mendTexts({ path }: Option, texts: readonly string[]): readonly string[] | undefined {
  const mend = MENDS[path]
  if (mend === undefined) return texts
  const mended = texts.map(mend)
  return mended.some((each) => each === undefined || each.length === 0)
    ? undefined
    : mended.flatMap((each) => each ?? [])
}

/** In lower case, without scheme, port, path and the dot at its end; undefined when no host is left. */
export function mendHost(text: string): string | undefined {
  const bare = text
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d*$/, '')
    .replace(/\.$/, '')
  return isRouteHost(bare) ? bare : undefined
}

/** They would open a tunnel, and send the token back. */
const refusedMethods: readonly string[] = ['CONNECT', 'TRACE']

/** Undefined for a method that cogate does not forward. */
export function mendMethod(text: string): readonly string[] | undefined {
  const method = text.toUpperCase()
  return METHODS.includes(method) && !refusedMethods.includes(method) ? [method] : undefined
}

/** What is copied behind an issuer. No issuer of Cognito or of an emulator ends so. */
export function bareIssuer(text: string): string {
  return text.replace(/(?:\/+|\/+\.well-known\/.*)$/, '')
}

/** RFC 6749 section 3.3: scopes are separated by blanks, and hold no quotes. */
export function splitScopes(text: string): readonly string[] {
  return text.split(/[^\x21\x23-\x5b\x5d-\x7e]+/).filter((scope) => scope !== '')
}

function mendSource(text: string): readonly string[] | undefined {
  const source = guessSource(text)
  return source === undefined ? undefined : [source]
}

function mendClientId(text: string): readonly string[] | undefined {
  const id = guessClientId(text)
  return id === undefined ? undefined : [id]
}

function mendPath(text: string): readonly string[] | undefined {
  const fault = findPathFault(text)
  if (fault === undefined) return [text]
  // A wider path is wrong for a rule that lets callers in, and nothing here knows what the rule does.
  return fault.isWider ? undefined : [fault.write]
}

/** A host without a scheme, and a port and a path behind it. A word without a dot may be anything. */
const BARE_HOST = /^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:\/[^?#]*)?$/

/** Of an address with a path. Plain http stays only on loopback, which the rules check. */
function mendOrigin(text: string): readonly string[] | undefined {
  const url = parseHttpUrl(BARE_HOST.test(text) ? `https://${text}` : text)
  return url === undefined || url.hostname.includes('*') ? undefined : [closedOrigin(url)]
}

function only(text: string, form: RegExp): readonly string[] | undefined {
  return form.test(text) ? [text] : undefined
}
