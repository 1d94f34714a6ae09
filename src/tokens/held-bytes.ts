/**
 * Estimates the memory of a token in the token cache: the bytes that V8 holds for it. The estimate must never be too
 * low; test/tokens/token-cache-bytes.test.ts measures it.
 */
import type { Asked } from './asked/asked.ts'
import type { TokenIds, Verified } from './verified.ts'

/** An entry without the characters of its texts: its objects, its strings and its place in the map. */
const entryBytes = 604
/** The object of the ids: its head and two places. */
const idsBytes = 40
/** Two signed identities without what they say of the caller: headers, signatures, their place in the map. */
const signedEntryBytes = 1792
/** The object of what is asked, and of one claim: head and places. */
const askedBytes = 56
const claimBytes = 40
const stringBytes = 24
const arrayBytes = 48
const slotBytes = 8
/** Each scope is a V8 slice of the `scope` claim: slice header plus one separator byte. */
const partBytes = 16

export function heldBytes(verified: Verified): number {
  const { token, subject, loggedSubject, clientId, scopes, groups, identityLines, acr = '', ids, asked } = verified
  const nameBytes = loggedSubject === undefined || loggedSubject === subject ? 0 : textBytes(loggedSubject)
  const texts =
    token.length + identityLines.length + textBytes(subject) + textBytes(acr) + nameBytes + textBytes(clientId)
  const lists = listBytes(scopes) + scopes.length * partBytes + listBytes(groups)
  return entryBytes + texts + lists + idBytes(ids) + bytesOfAsked(asked) + signedBytes(verified)
}

/** The signed identity says all of it again, in Base64, and what names the caller twice: as a load balancer writes it too. */
function signedBytes({ names, subject, clientId, scopes, groups }: Verified): number {
  if (names === undefined) return 0
  const { issuer, username = '', email = '' } = names
  const naming = [issuer, username, email, subject, clientId]
  const said = Buffer.byteLength(JSON.stringify([...naming, ...naming, ...scopes, ...groups]))
  return signedEntryBytes + listBytes([issuer, username, email]) + Math.ceil(said / 3) * 4
}

function idBytes(ids: TokenIds | undefined): number {
  return ids === undefined ? 0 : idsBytes + textBytes(ids.jti ?? '') + textBytes(ids.origin ?? '')
}

function bytesOfAsked(asked: Asked | undefined): number {
  if (asked === undefined) return 0
  const bytesOfClaim = ({ texts }: Asked['claims'][number]): number => slotBytes + claimBytes + listBytes(texts)
  return asked.claims.reduce((bytes, claim) => bytes + bytesOfClaim(claim), askedBytes + arrayBytes)
}

function listBytes(list: readonly string[]): number {
  return list.reduce((bytes, text) => bytes + slotBytes + textBytes(text), arrayBytes)
}

/** V8 stores one byte for each character, or two when one of them is not in Latin-1. */
function textBytes(text: string): number {
  return stringBytes + (wide.test(text) ? 2 : 1) * text.length
}

const wide = /[^\0-\xff]/
