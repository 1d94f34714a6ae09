/** JSON texts that are good but for a few members or bytes; Latin-1, one character a byte, so that none is impossible. */
import fc from 'fast-check'
import { anyBytes } from './bytes.ts'

// Names that mean something to JavaScript: an object that has them cannot be made a string.
const hostile = fc.dictionary(fc.constantFrom('toString', 'valueOf', '__proto__', 'toJSON', 'then'), fc.jsonValue())
const anything = fc.oneof({ depthSize: 'small' }, fc.jsonValue(), hostile, fc.array(hostile))
const numbers = ['1e400', '-1e400', '-0', '1e300', '0.5', '99999999999999999999', '9007199254740993']
const texts = [
  '"\\ud800"',
  '"\\u0000"',
  '"\\r\\nX-Cognito-Sub: root"',
  '"a,b"',
  '" a "',
  '"名前"',
  '"Zoë"',
  '"%2C"',
  '""',
  '"\x7f"',
]
const member = fc.oneof(
  { weight: 3, arbitrary: anything.map((value) => JSON.stringify(value) ?? 'null') },
  { weight: 2, arbitrary: fc.constantFrom(...numbers, ...texts, 'null', 'true', '[]', '{}', '[[]]') },
  { weight: 1, arbitrary: fc.nat(3000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
)

interface Edit {
  readonly at: number
  readonly cut: number
  readonly put: string
}

const putBytes = fc.oneof(
  fc.constantFrom('', '\xff', '\xc3', '\xef\xbb\xbf', '\0', '{', '}', '[', ',', ':', '"', '\\', '//', 'e', '-'),
  anyBytes(3),
)
const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(400), cut: fc.nat(3), put: putBytes })

export function applyEdit(text: string, { at, cut, put }: Edit): string {
  const place = at % (text.length + 1)
  return text.slice(0, place) + put + text.slice(place + cut)
}

/** `members` are JSON texts by name; a name may come twice. */
export function spoiltObjects(
  members: Readonly<Record<string, string>>,
  ...further: readonly string[]
): fc.Arbitrary<string> {
  const good = Object.entries(members)
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(members), ...further) },
    { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
  )
  const changes = fc.array(fc.tuple(name, member), { maxLength: 2 })
  const dropped = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: name })
  const edits = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(edit, { maxLength: 3 }) },
  )
  return fc.tuple(changes, dropped, edits).map(([changed, without, edited]) => {
    const kept = [...good, ...changed].filter(([key]) => key !== without)
    const text = `{${kept.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
    return edited.reduce(applyEdit, Buffer.from(text).toString('latin1'))
  })
}
