/**
 * A token among the subprotocols of a WebSocket, where a page can put it: it can set no header. Neither the token nor what
 * announces it is ever offered to the service.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import { readField, replaceField } from '../headers/head-fields.ts'
import { splitList } from '../headers/lines.ts'
import type { Source } from './source.ts'

const header = 'sec-websocket-protocol'

/** The token is the next entry. */
const protocolMarker = 'base64url.bearer.cogate'
/** Kubernetes: the token in base64url is the rest of the entry. */
const kubernetes = 'base64url.bearer.authorization.k8s.io.'

export const webSocketProtocol: Source = {
  read: ({ fields }) => divide(fields).tokens,
  isAmbient: false,
  strip(fields) {
    const { tokens, others } = divide(fields)
    if (tokens.length === 0) return fields
    return replaceField(fields, header, others.length === 0 ? undefined : others.join(', '))
  },
}

/** What a browser is answered where the service chooses nothing; undefined: the caller has not offered it. */
export function ownProtocol(fields: HeadFields): string | undefined {
  return offersOf(fields).includes(protocolMarker) ? protocolMarker : undefined
}

function offersOf(fields: HeadFields): readonly string[] {
  const offered = readField(fields, header)
  return offered === undefined ? [] : splitList(offered)
}

interface Offers {
  readonly tokens: readonly string[]
  readonly others: readonly string[]
}

function divide(fields: HeadFields): Offers {
  const tokens: string[] = []
  const others: string[] = []
  const offers = offersOf(fields)
  for (const [index, offer] of offers.entries()) {
    if (offer === protocolMarker) tokens.push(offers[index + 1] ?? '')
    else if (offer.startsWith(kubernetes)) tokens.push(decodeBase64url(offer.slice(kubernetes.length)))
    else if (offers[index - 1] !== protocolMarker) others.push(offer)
  }
  return { tokens, others }
}

/** Without padding. Empty: it is none. */
function decodeBase64url(text: string): string {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes.toString('latin1') : ''
}
