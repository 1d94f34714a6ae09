/**
 * Guesses which place of a credential a text means.
 */
import { readSource } from '../credentials.ts'
import { findNearest } from './nearest.ts'

/** What users of other gates call the places. */
const others: ReadonlyMap<string, string> = new Map([
  ['header', 'bearer'],
  ['authorization', 'bearer'],
  ['basic', 'basicPassword'],
  ['password', 'basicPassword'],
  ['cookies', 'cookie'],
  ['query', 'insecureQuery'],
  ['queryparameter', 'insecureQuery'],
  ['param', 'insecureQuery'],
  ['websocket', 'webSocketProtocol'],
  ['subprotocol', 'webSocketProtocol'],
])
const kinds = ['bearer', 'basicPassword', 'cookie', 'amplify', 'webSocketProtocol', 'insecureQuery'] as const

/** One that exists; undefined without a clue. */
export function guessSource(text: string): string | undefined {
  if (readSource(text) !== undefined) return text
  const [kind = '', given = ''] = text.split(/\s*[:=]\s*/, 2)
  const known = others.get(kind.toLowerCase()) ?? findNearest(kind, kinds)
  if (known === undefined) return undefined
  if (known !== 'cookie' && known !== 'insecureQuery') return known
  const guess = `${known}:${given.replaceAll(/[^\w.-]/g, '')}`
  return readSource(guess) === undefined ? `${known}:access_token` : guess
}
