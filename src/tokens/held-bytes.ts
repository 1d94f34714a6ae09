/**
 * What remembering a verified token costs: the bytes V8 holds for it, estimated from its parts and never below the
 * truth (test/tokens/token-cache-bytes.test.ts measures it). Decides nothing but which token makes room.
 */
import type { Claims, ClaimValue } from './claims.ts'
import type { Verified } from './verified.ts'

type Members = Claims | { readonly [name: string]: ClaimValue }
interface Shape extends Map<string, Shape> {}

/** The objects of an entry, its places in the maps that find it, the names and line ends of its identity headers. */
const entryBytes = 736
const stringBytes = 24
const slotBytes = 8
const heapNumberBytes = 16
const arrayBytes = 48
const objectBytes = 56

/** From so many members on V8 keeps a parsed object as a hash table. The claims are a copy, which it does not. */
const tableMembers = 128
const tableClaims = 1000
const tableMemberBytes = 24

/** The hidden class of an object like no other: its frozen form, each new name on the way, both with every name again. */
const newShapeBytes = 240
const newNameBytes = 80 + stringBytes
const shapeNameBytes = 64
/** A name that is a number becomes an element, for which each object has a table of its own. */
const elementBytes = 160
/** Shapes are remembered up to so many names in all. */
const maxKnownNames = 1000

/**
 * Objects with the same names in the same order share one hidden class, which costs far more than they do. The first
 * of its kind is charged with it; once too many kinds are known, every object of a further kind is.
 */
export class HeldBytes {
  readonly #shapes: Shape = new Map()
  readonly #unknown: Shape = new Map()
  #knownNames = 0

  of({ token, claims }: Verified): number {
    return entryBytes + stringBytes + token.length + this.#membersBytes(claims, tableClaims)
  }

  #valueBytes(value: ClaimValue | undefined): number {
    if (typeof value === 'string') return textBytes(value)
    if (typeof value === 'number') return Object.is(value | 0, value) ? 0 : heapNumberBytes
    if (typeof value !== 'object' || value === null) return 0
    return isList(value) ? this.#listBytes(value) : this.#membersBytes(value, tableMembers)
  }

  #listBytes(list: readonly ClaimValue[]): number {
    let bytes = arrayBytes
    for (const item of list) bytes += slotBytes + this.#valueBytes(item)
    return bytes
  }

  #membersBytes(members: Members, tableFrom: number): number {
    const names = Object.keys(members)
    let bytes = objectBytes + (names.length < tableFrom ? this.#shapeBytes(names) : tableBytes(names))
    for (const name of names) bytes += slotBytes + this.#valueBytes(members[name])
    return bytes
  }

  #shapeBytes(names: readonly string[]): number {
    let shape = this.#shapes
    let elements = 0
    let newNames = 0
    for (const name of names) {
      const known = shape.get(name)
      if (known) shape = known
      else if (startsWithDigit(name)) elements++
      else {
        newNames += newNameBytes + 2 * name.length
        shape = this.#learn(shape, name)
      }
    }
    return elements * elementBytes + (newNames === 0 ? 0 : newNames + newShapeBytes + names.length * shapeNameBytes)
  }

  #learn(shape: Shape, name: string): Shape {
    if (this.#knownNames === maxKnownNames) return this.#unknown
    const learned: Shape = new Map()
    shape.set(name, learned)
    this.#knownNames++
    return learned
  }
}

/** The same ASCII text in a string of its own: part of a longer string keeps the whole of it. */
export function detach(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The table has room for half as many again, rounded up to a power of two. */
function tableBytes(names: readonly string[]): number {
  let bytes = tableMemberBytes * 2 ** Math.ceil(Math.log2(1.5 * names.length))
  for (const name of names) bytes += stringBytes + 2 * name.length
  return bytes
}

/** Once as a claim and once in a header, where what is not ASCII takes three characters a byte. */
function textBytes(text: string): number {
  const utf8Bytes = Buffer.byteLength(text)
  return stringBytes + 2 * text.length + (utf8Bytes === text.length ? 0 : 3 * utf8Bytes)
}

function startsWithDigit(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 0x30 && first <= 0x39
}

function isList(value: ClaimValue): value is readonly ClaimValue[] {
  return Array.isArray(value)
}
