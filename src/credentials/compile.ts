/**
 * Compiles `credentials.sources`: all places are read, exactly one credential counts, and none of them reaches the service but as
 * a bearer token. Loaded only where other places than `Authorization: Bearer` are read.
 */
import type { Config } from '../config/config.ts'
import type { CredentialSource } from '../config/credentials.ts'
import { readSource } from '../config/credentials.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { extractCredential, isBearer } from '../tokens/extract.ts'
import { basicPassword } from './basic.ts'
import { amplifyCookies, namedCookie } from './cookies.ts'
import type { Credentials, Found, Scheme } from './credentials.ts'
import { isCrossSite } from './cross-site.ts'
import type { QuerySource } from './query.ts'
import { queryParameter } from './query.ts'
import type { Source } from './source.ts'
import { ownProtocol, webSocketProtocol } from './web-socket-protocol.ts'

const bearer: Source = {
  read({ fields }) {
    const credential = extractCredential(fields.authorization, Number.POSITIVE_INFINITY)
    if (credential.kind === 'none') return []
    return [credential.kind === 'bearer' ? credential.token : '']
  },
  isAmbient: false,
  strip: undefined,
}

export type CredentialsSettings = Pick<Config, 'credentials' | 'userPools' | 'publicUrl' | 'session'>

/** The sources are known to be valid. */
export function compileCredentials(settings: CredentialsSettings): Credentials {
  const configured = settings.credentials.sources.flatMap((text) => readSource(text) ?? [])
  const sources = configured.map((source) => compileSource(source, settings))
  const has = (kind: CredentialSource['kind']): boolean => configured.some((source) => source.kind === kind)
  const targets = sources.filter((source): source is QuerySource => 'stripTarget' in source)
  return {
    extract: compileExtract(sources, settings),
    schemes: schemesOf(configured),
    stripTarget:
      targets.length === 0
        ? undefined
        : (target) => targets.reduce((rest, { stripTarget }) => stripTarget(rest), target),
    withhold: compileWithhold(sources, has('bearer')),
    ownProtocol: has('webSocketProtocol') ? ownProtocol : undefined,
  }
}

function compileSource(source: CredentialSource, { userPools }: CredentialsSettings): Source {
  switch (source.kind) {
    case 'bearer':
      return bearer
    case 'basicPassword':
      return basicPassword
    case 'amplify':
      return amplifyCookies(userPools)
    case 'webSocketProtocol':
      return webSocketProtocol
    case 'cookie':
      return namedCookie(source.name)
    case 'insecureQuery':
      return queryParameter(source.name)
  }
}

const none: Found = { kind: 'none' }
const malformed: Found = { kind: 'malformed' }
const tooLarge: Found = { kind: 'too_large' }
const conflict: Found = { kind: 'conflict' }
const crossSite: Found = { kind: 'cross_site' }

function compileExtract(
  sources: readonly Source[],
  { publicUrl, session }: CredentialsSettings,
): Credentials['extract'] {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin]
  const site = { origins: [...own, ...session.allowedOrigins], believesHost: publicUrl === undefined }
  return (head, maxTokenBytes) => {
    const found = sources.flatMap((source) => source.read(head).map((token) => ({ token, source })))
    const [first, second] = found
    if (first === undefined) return none
    if (second !== undefined) return conflict
    const { token, source } = first
    if (source.isAmbient && isCrossSite(head.method, head.fields, site)) return crossSite
    if (token === '') return malformed
    return token.length > maxTokenBytes ? tooLarge : { kind: 'bearer', token }
  }
}

/** A 401 must name a scheme (RFC 9110 section 15.5.2): a cookie has none, and then it is that of the token. */
function schemesOf(configured: readonly CredentialSource[]): readonly Scheme[] {
  const has = (kinds: readonly CredentialSource['kind'][]) => configured.some(({ kind }) => kinds.includes(kind))
  const basic: readonly Scheme[] = has(['basicPassword']) ? ['Basic'] : []
  // The forms of RFC 6750, and the one of WebSockets.
  const hasBearer = has(['bearer', 'insecureQuery', 'webSocketProtocol'])
  return hasBearer || basic.length === 0 ? ['Bearer', ...basic] : basic
}

/** A bearer token of the caller stays where it is read: whether it goes on is the business of the header rules. */
function compileWithhold(sources: readonly Source[], readsBearer: boolean): NonNullable<Credentials['withhold']> {
  const strips = sources.flatMap(({ strip }) => strip ?? [])
  return (fields: HeadFields, token: string | undefined): HeadFields => {
    const kept = strips.reduce((rest, strip) => strip(rest), fields)
    const { authorization } = kept
    const isForeign = authorization !== undefined && !isBearer(authorization)
    if (isForeign || (authorization !== undefined && readsBearer)) return kept
    return { ...kept, authorization: token === undefined ? undefined : `Bearer ${token}` }
  }
}
