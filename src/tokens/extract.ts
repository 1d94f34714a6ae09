/**
 * Reads the credential from the Authorization header. Tokens are never read from anywhere else: no query, no body, no
 * second header.
 */

export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'too_large' }

const none: Credential = { kind: 'none' }
const malformed: Credential = { kind: 'malformed' }
const tooLarge: Credential = { kind: 'too_large' }

/** RFC 6750 section 2.1. A header with another scheme, such as Basic, counts as none. */
export function extractCredential(authorization: string | undefined, maxTokenBytes: number): Credential {
  if (authorization === undefined || !isBearer(authorization)) return none
  let start = 'bearer'.length
  while (authorization.charCodeAt(start) === 0x20) start++
  const token = authorization.slice(start)
  if (token === '') return malformed
  return token.length > maxTokenBytes ? tooLarge : { kind: 'bearer', token }
}

/** The scheme is case-insensitive (RFC 9110 section 11.1) and ends with a space or with the header. */
export function isBearer(authorization: string): boolean {
  const end = authorization.charCodeAt(6)
  return (end === 0x20 || authorization.length === 6) && authorization.slice(0, 6).toLowerCase() === 'bearer'
}
