/**
 * The part of `Config` about the places where a request may have its credential.
 */
export interface CredentialsConfig {
  /** As a user writes them: `bearer`, `cookie:access_token`. Each of them once, at least one. */
  readonly sources: readonly string[]
}

/** One place. */
export type CredentialSource =
  | { readonly kind: 'bearer' | 'basicPassword' | 'amplify' | 'webSocketProtocol' }
  | { readonly kind: 'cookie' | 'insecureQuery'; readonly name: string }

/** RFC 6265 section 4.1.1: a token of RFC 9110. */
const cookieName = /^[\w!#$%&'*+.^`|~-]+$/
/** What no program percent-encodes (RFC 3986 section 2.3). */
const parameterName = /^[\w.~-]+$/

/** Undefined: there is no such place, or its name is none. */
export function readSource(text: string): CredentialSource | undefined {
  switch (text) {
    case 'bearer':
    case 'basicPassword':
    case 'amplify':
    case 'webSocketProtocol':
      return { kind: text }
    default:
      return readNamed(text)
  }
}

function readNamed(text: string): CredentialSource | undefined {
  const colon = text.indexOf(':')
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)]
  if (kind === 'cookie' && cookieName.test(name)) return { kind, name }
  if (kind === 'insecureQuery' && parameterName.test(name)) return { kind, name }
  return undefined
}

/** The default, for which nothing has to be loaded. */
export function isBearerAlone({ sources }: CredentialsConfig): boolean {
  return sources.length === 1 && sources[0] === 'bearer'
}

/** The value of one of the places is sent by browsers without being asked. */
export function hasCookies({ sources }: CredentialsConfig): boolean {
  return sources.some((text) => text === 'amplify' || text.startsWith('cookie:'))
}
