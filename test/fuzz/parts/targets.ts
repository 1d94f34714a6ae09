/** Request targets: protected paths in spellings that some server still takes for them, with odd pieces put in. */
import fc from 'fast-check'
import { anyBytes } from './bytes.ts'

const protectedPaths = ['/admin', '/admin/x', '/desk/tasks', '/api/v1/keys', '/open/admin', '/risk']

// Pieces that servers disagree on, letters whose case is special, and marks that combine with what stands before them.
const pieces = [
  ...['/', '.', '..', '//', '/./', '/../', ';', ';x=1', '?', '#', '\\', '%', ' ', '\t', '\0', '*', ':', '@', '~', '+'],
  ...[
    '%2e',
    '%2E%2e',
    '%2f',
    '%2F',
    '%5c',
    '%25',
    '%252e',
    '%00',
    '%0d',
    '%23',
    '%3f',
    '%3b',
    '%20',
    '%7f',
    '%80',
    '%c0%ae',
  ],
  ...[
    '%C4%B0',
    '%C4%B1',
    '%CC%87',
    '%CC%81',
    '%E2%84%AA',
    '%EF%BC%8F',
    '%EF%BC%8E',
    '%E2%80%A4',
    '%E2%84%85',
    '%u002f',
  ],
  ...[
    '//x',
    '%09',
    '%0a',
    '+',
    '%20',
    '%C2%A5',
    '%E2%88%95',
    '%25u0061',
    '%25u002f',
    '%f8%80%80%81%a1',
    '%fe',
    '%C3%A9',
  ],
  ...['(S(x))', '/(S(x))', '::$DATA', ':$I30:$INDEX_ALLOCATION', ';/', ';a/b'],
  ...['http://app.example', '/public', 'admin', 'desk', 'keys', '\x80', '\xff', '%EF%BB%BF', '%C2%AD', '%E2%80%8B'],
]

const lookalikes: ReadonlyMap<string, readonly string[]> = new Map([
  ['i', ['%C4%B1', '%C4%B0', '%e2%85%b0']],
  ['s', ['%C5%BF', '%ef%bd%93']],
  ['k', ['%E2%84%AA', '%f0%9d%95%9c']],
])

function spellCharacter(character: string): fc.Arbitrary<string> {
  if (character === '/') {
    return fc.oneof(
      { weight: 15, arbitrary: fc.constant('/') },
      { weight: 1, arbitrary: fc.constantFrom('\\', '%2f', '%5C', '//', '/./', '%EF%BC%8F') },
    )
  }
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(character) },
    { weight: 2, arbitrary: fc.constantFrom(...spellingsOf(character)) },
  )
}

/** What a case-insensitive, decoding, normalising or lenient server reads as this character too. */
export function spellingsOf(character: string): readonly string[] {
  const upper = character.toUpperCase()
  const wide = String.fromCharCode(character.charCodeAt(0) + 0xfee0)
  return [upper, ...[character, upper, wide].map(percentEncode), ...(lookalikes.get(character) ?? [])]
}

function percentEncode(text: string): string {
  return Buffer.from(text).reduce((all, byte) => `${all}%${byte.toString(16).padStart(2, '0')}`, '')
}

interface Insertion {
  readonly at: number
  readonly piece: string
}

const insertion: fc.Arbitrary<Insertion> = fc.record({ at: fc.nat(40), piece: fc.constantFrom(...pieces) })

function insert(path: string, { at, piece }: Insertion): string {
  const place = at % (path.length + 1)
  return path.slice(0, place) + piece + path.slice(place)
}

const spelled = fc
  .constantFrom(...protectedPaths)
  .chain((path) => fc.tuple(...[...path].map(spellCharacter)).map((parts) => parts.join('')))
const bent = fc
  .tuple(spelled, fc.array(insertion, { maxLength: 3 }))
  .map(([path, insertions]) => insertions.reduce(insert, path))
const composed = fc.string({ unit: fc.constantFrom(...pieces, 'a', 'A'), maxLength: 12 }).map((text) => `/${text}`)
const bytes = anyBytes(30).map((text) => text.replaceAll(/[\r\n]/g, '') || '/')

/** Latin-1, without CR and LF. */
export const targets: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: bent },
  { weight: 2, arbitrary: composed },
  { weight: 1, arbitrary: bytes },
)
