/**
 * What remembering a verified token costs: the bytes V8 holds for it, estimated from its parts and never below the
 * truth (test/tokens/token-cache-bytes.test.ts measures it). Decides nothing but which token makes room.
 */
import type { Verified } from './verified.ts'

/** The objects of an entry and its place in the map that finds it; its texts but for their characters. */
const entryBytes = 548
const stringBytes = 24
const arrayBytes = 48
const slotBytes = 8
/** A scope is a part of the text they all came in: what it takes to say so, and the blank before it. */
const partBytes = 16

export function heldBytes(verified: Verified): number {
  const { token, subject, loggedSubject, clientId, scopes, groups, identityLines } = verified
  const nameBytes = loggedSubject === undefined || loggedSubject === subject ? 0 : textBytes(loggedSubject)
  const texts = token.length + identityLines.length + textBytes(subject) + nameBytes + textBytes(clientId)
  return entryBytes + texts + listBytes(scopes) + scopes.length * partBytes + listBytes(groups)
}

function listBytes(list: readonly string[]): number {
  return list.reduce((bytes, text) => bytes + slotBytes + textBytes(text), arrayBytes)
}

/** One byte a character, or two where any is beyond Latin-1. */
function textBytes(text: string): number {
  return stringBytes + (wide.test(text) ? 2 : 1) * text.length
}

const wide = /[^\0-\xff]/
