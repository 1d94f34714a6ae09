/**
 * What a text that should be a token says of itself. Nothing here is verified, and nothing here may decide anything.
 */

export interface TokenFacts {
  /** As it was given. */
  readonly text: string
  /** Of the text, between dots. */
  readonly parts: number
  readonly alg: string | undefined
  readonly kid: string | undefined
  /** Header parameters that only some other kind of token has. */
  readonly hasEncryption: boolean
  readonly signer: string | undefined
  readonly tokenUse: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly audience: readonly string[]
  readonly subject: string | undefined
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAtMs: number | undefined
  readonly expiresAtMs: number | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

type Json = Readonly<Record<string, unknown>>

export function readTokenFacts(text: string): TokenFacts {
  const parts = text.split('.')
  const header = decodePart(parts[0])
  const claims = decodePart(parts[1])
  return {
    text,
    parts: parts.length,
    alg: textOf(header['alg']),
    kid: textOf(header['kid']),
    hasEncryption: 'enc' in header,
    signer: textOf(header['signer']),
    tokenUse: textOf(claims['token_use']),
    issuer: textOf(claims['iss']),
    clientId: textOf(claims['client_id']) ?? (claims['token_use'] === 'id' ? textOf(claims['aud']) : undefined),
    audience: listOf(claims['aud']),
    subject: textOf(claims['sub']),
    scopes: (textOf(claims['scope']) ?? '').split(' ').filter((scope) => scope !== ''),
    groups: listOf(claims['cognito:groups']),
    issuedAtMs: timeOf(claims['iat']),
    expiresAtMs: timeOf(claims['exp']),
    claims,
  }
}

/** Empty for everything that is no JSON object in base64 of either alphabet. */
function decodePart(part = ''): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(part.trim(), 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
  } catch {
    return {}
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function listOf(value: unknown): readonly string[] {
  const items = Array.isArray(value) ? value : [value]
  return items.filter((item): item is string => typeof item === 'string')
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) < 1e11 ? value * 1000 : undefined
}
