/** Ways to bend a request that two readers may take differently; the operators of the HTTP Garden, and length lies. */
import fc from 'fast-check'
import { anyBytes } from './bytes.ts'

export interface Mutation {
  readonly kind: string
  /** Which byte, line or number: counted round if there are fewer. */
  readonly at: number
  readonly size: number
  readonly put: string
}

type Mutator = (text: string, mutation: Mutation) => string

const pieces = [
  ...['\r\n', '\n', '\r', '\0', '\t', ' ', ':', ',', ';', '\x0b', '\x7f', '\x80', '\xff', '\r\r\n', '\n\r\n', '\r\n '],
  ...[
    'chunked',
    'Content-Length: 5\r\n',
    'content-length:0\r\n',
    'Transfer-Encoding: chunked\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
  ],
  ...[
    'Transfer-Encoding:\tchunked\r\n',
    'Transfer-Encoding: identity\r\n',
    'Transfer_Encoding: chunked\r\n',
    'TE: trailers\r\n',
  ],
  ...[
    'Connection: Content-Length\r\n',
    'Connection: close\r\n',
    'Connection: X-User-Sub\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    'X-User-Sub: mallory\r\n',
    'X_User_Sub: mallory\r\n',
    'X-Request-Id: forged\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  ],
  ...['Authorization: Bearer {{TOKEN}}\r\n', 'Host: b\r\n', 'HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'http://b/', '%0d%0a'],
  ...['GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /secret HTTP/1.1\r\nHost: a\r\n\r\n'],
]
const lies = [
  '0',
  '1',
  '00005',
  '+5',
  '-1',
  '5 5',
  '5,5',
  '0x5',
  '5;',
  'a',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '1e1',
  '',
]

const headerLines = pieces.filter((piece) => /^[\w-]+:.*\r\n$/s.test(piece))

const mutators: Readonly<Record<string, Mutator>> = {
  insert: (text, { at, put }) => splice(text, at % (text.length + 1), { cut: 0, put }),
  insertLine: (text, mutation) => {
    const line = headerLines[mutation.size % headerLines.length] ?? ''
    return replaceNth(text, /\r\n/g, { ...mutation, write: (end) => end + line })
  },
  flip: (text, { at, size }) => {
    const place = at % (text.length + 1)
    return splice(text, place, { cut: 1, put: String.fromCharCode((text.charCodeAt(place) || 0) ^ (1 << (size % 8))) })
  },
  remove: (text, { at, size }) => splice(text, at % (text.length + 1), { cut: size, put: '' }),
  repeat: (text, { at, size }) => {
    const place = at % (text.length + 1)
    return splice(text, place, { cut: 0, put: text.slice(place, place + size) })
  },
  cutOff: (text, { at }) => text.slice(0, at % (text.length + 1)),
  endLine: (text, mutation) => replaceNth(text, /\r\n/g, { ...mutation, write: () => mutation.put }),
  repeatLine: (text, mutation) => replaceNth(text, /[^\n]*\n/g, { ...mutation, write: (line) => line + line }),
  removeLine: (text, mutation) => replaceNth(text, /[^\n]*\n/g, { ...mutation, write: () => '' }),
  lie: (text, mutation) => {
    const lie = lies[mutation.size % lies.length] ?? ''
    return replaceNth(text, /\b[0-9a-f]+(?=\r|;)/gi, { ...mutation, write: () => lie })
  },
  miscount: (text, mutation) =>
    replaceNth(text, /\b\d+(?=\r|;)/g, {
      ...mutation,
      write: (number) => String(Number(number) + (mutation.size % 2 ? 1 : -1)),
    }),
  bendColon: (text, mutation) => replaceNth(text, /: ?/g, { ...mutation, write: () => mutation.put }),
  respell: (text, mutation) =>
    replaceNth(text, /[A-Za-z]+(?=[-:])/g, {
      ...mutation,
      write: (word) => (mutation.size % 2 ? word.toUpperCase() : `${word}\t`),
    }),
  fold: (text, mutation) => replaceNth(text, /: /g, { ...mutation, write: () => ':\r\n ' }),
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...Object.keys(mutators), 'insertLine', 'insertLine'),
  at: fc.nat(600),
  size: fc.nat(20),
  put: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: anyBytes(3) }),
})

export function mutate(text: string, mutation: Mutation): string {
  return mutators[mutation.kind]?.(text, mutation) ?? text
}

function splice(text: string, at: number, { cut, put }: { readonly cut: number; readonly put: string }): string {
  return text.slice(0, at) + put + text.slice(at + cut)
}

interface Replacement {
  readonly at: number
  readonly write: (found: string) => string
}

/** Nothing where there is none of it. */
function replaceNth(text: string, pattern: RegExp, { at, write }: Replacement): string {
  const found = [...text.matchAll(pattern)]
  const wanted = found[at % Math.max(found.length, 1)]
  if (wanted === undefined) return text
  return splice(text, wanted.index, { cut: wanted[0].length, put: write(wanted[0]) })
}
