/**
 * What the log says of a token that was refused: who its claims say has issued it, for which app client and audience, with
 * which key. Nothing of it is verified: the sender may have made it up. Never shows the token.
 */
import { decodeCompact } from '../tokens/compact.ts'
import { Scratch } from '../tokens/scratch.ts'
import { hideTokens } from './describe-error.ts'

export interface RefusedTokenFields {
  readonly iss?: string | undefined
  readonly client_id?: string | undefined
  readonly kid?: string | undefined
  readonly aud?: string | readonly (string | undefined)[] | undefined
}

/** Undefined where no token can be read. */
export function describeRefusedToken(token: string | undefined): RefusedTokenFields | undefined {
  if (token === undefined) return undefined
  const compact = decodeCompact(token, new Scratch(token.length))
  if (compact === undefined) return undefined
  const { iss, client_id, aud } = compact.payload
  const audiences = Array.isArray(aud) ? aud.slice(0, maxAudiences).map(shorten) : shorten(aud)
  return { iss: shorten(iss), client_id: shorten(client_id), kid: shorten(compact.header['kid']), aud: audiences }
}

const maxAudiences = 5
const maxLength = 128

/** Everything but visible ASCII is escaped, so that no terminal and no reader of logs takes it for more than text. */
function shorten(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') return `(${value === null ? 'null' : typeof value})`
  const text = hideTokens(value.slice(0, maxLength)).replace(/[^\x20-\x7e]/g, escapeCharacter)
  return value.length > maxLength ? `${text}…` : text
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
