/** Requests without a fault, several on a connection, in every combination of what makes a connection lose its place. */

import { METHODS } from 'node:http'
import fc from 'fast-check'
import { acts } from './one-connection.ts'

const authorized = 'Host: app.example\r\nAuthorization: Bearer {{TOKEN}}\r\n'
/** On a rule without a token: whoever takes it for a request forwards it. */
const smuggled = 'GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

const common = ['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']
const methods = [...common, ...common, ...METHODS.filter((method) => method !== 'CONNECT')]
const sizes = [0, 1, 2, 255, 4095, 8191, 8192, 8193, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000, 1024 ** 2]
const upgrades = ['h2c', 'websocket', 'foo', 'h2c, websocket', 'TLS/1.0', 'HTTP/2.0'].map(
  (protocol) => `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`,
)
const fields = [
  ...[
    '',
    '',
    '',
    '',
    '',
    'Connection: close\r\n',
    'Connection: keep-alive\r\n',
    'Connection: upgrade\r\n',
    'Upgrade: h2c\r\n',
  ],
  ...[...upgrades, ...upgrades],
  ...['Expect: 100-continue\r\n', 'Expect: 100-Continue\r\n', 'TE: trailers\r\n', 'Trailer: X-T\r\n'],
  ...['', ', foo', ';q=1'].map((more) => `Expect: 100-continue${more}\r\n`),
  ...['Expect:\r\n', 'Expect: foo\r\n', 'Expect: 100-continue\r\nExpect: 100-continue\r\n'],
  ...['Upgrade: h2c\r\nConnection: upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n'],
  ...[
    'Connection: close, Upgrade\r\nUpgrade: h2c\r\n',
    'Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n',
  ],
]

const content = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(smuggled, smuggled + smuggled, '0\r\n\r\n', 'hello', '\r\n\r\n') },
  { weight: 3, arbitrary: fc.nat(300).map((size) => 'x'.repeat(size)) },
  { weight: 1, arbitrary: fc.constantFrom(...sizes).map((size) => 'y'.repeat(size)) },
)

interface Shape {
  readonly method: string
  readonly field: string
  readonly framing: 'none' | 'length' | 'padded' | 'chunked'
  readonly content: string
  readonly chunk: number
  readonly zeros: number
  /** The service answers before it has the body. */
  readonly isEarly: boolean
}

const shape: fc.Arbitrary<Shape> = fc.record({
  method: fc.constantFrom(...methods),
  field: fc.constantFrom(...fields),
  framing: fc.constantFrom('none', 'length', 'padded', 'chunked'),
  content,
  chunk: fc.constantFrom(1, 5, 4096, 8192, 16_384, 65_536),
  zeros: fc.nat(8),
  isEarly: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
})

function write({ method, field, framing, content, chunk, zeros, isEarly }: Shape, index: number): string {
  const head = `${method} /r/${index}${isEarly ? '/early' : ''} HTTP/1.1\r\n${authorized}${field}`
  const padding = '0'.repeat(zeros)
  switch (framing) {
    case 'none':
      return `${head}\r\n`
    case 'length':
      return `${head}Content-Length: ${content.length}\r\n\r\n${content}`
    case 'padded':
      return `${head}Content-Length: ${padding}${content.length}\r\n\r\n${content}`
    case 'chunked':
      return `${head}Transfer-Encoding: chunked\r\n\r\n${writeChunks(content, Math.max(chunk, content.length / 50), padding)}`
  }
}

function writeChunks(content: string, size: number, padding: string): string {
  let text = ''
  for (let at = 0; at < content.length; at += Math.ceil(size)) {
    const part = content.slice(at, at + Math.ceil(size))
    text += `${padding}${part.length.toString(16)}\r\n${part}\r\n`
  }
  return `${text}0${padding}\r\n\r\n`
}

interface Cut {
  readonly isHead: boolean
  /** As a part of the heads, or of the bytes. */
  readonly at: number
}

const cut: fc.Arbitrary<Cut> = fc.record({ isHead: fc.boolean(), at: fc.double({ min: 0, max: 1, noNaN: true }) })

/** In pieces. Cut at the ends of heads or anywhere. */
function cutUp(bytes: string, cuts: readonly Cut[]): readonly string[] {
  const heads = [...bytes.matchAll(/\r\n\r\n/g)].map(({ index }) => index + 4)
  const places = cuts.map(({ isHead, at }) =>
    isHead ? (heads[Math.floor(at * heads.length)] ?? 0) : Math.floor(at * bytes.length),
  )
  const sorted = places.toSorted((one, other) => one - other)
  return [0, ...sorted].map((from, index) => bytes.slice(from, sorted[index] ?? bytes.length))
}

/** An empty piece is a pause, so that the gate may answer in between. */
function withPauses(pieces: readonly string[]): readonly string[] {
  return pieces.flatMap((piece) => [piece, ''])
}

const anything: fc.Arbitrary<readonly string[]> = fc
  .tuple(fc.array(shape, { minLength: 1, maxLength: 4 }), fc.array(cut, { maxLength: 3 }), fc.boolean())
  .map(([shapes, cuts, waits]) => {
    const pieces = cutUp(shapes.map(write).join(''), cuts)
    return waits ? withPauses(pieces) : pieces
  })

/** The body of the last request comes by itself, and reads like a request: whoever has lost its place executes it. */
const bodyApart: fc.Arbitrary<readonly string[]> = fc
  .tuple(fc.array(shape, { minLength: 1, maxLength: 2 }), shape, fc.constantFrom('length', 'padded', 'chunked'))
  .map(([before, last, framing]) => {
    const start = before.map(write).join('')
    const end = write({ ...last, framing: framing as Shape['framing'], content: smuggled }, before.length)
    const head = end.indexOf('\r\n\r\n') + 4
    return withPauses([start + end.slice(0, head), end.slice(head)])
  })

/** Byte by byte for a while, and the rest at once. */
const trickled: fc.Arbitrary<readonly string[]> = fc
  .tuple(shape, fc.nat(400), fc.integer({ min: 1, max: 60 }))
  .map(([one, from, length]) => {
    const bytes = write(one, 0)
    return [bytes.slice(0, from), ...bytes.slice(from, from + length), bytes.slice(from + length)]
  })

/** Somewhere in between, the caller does something else than to write. */
const withAct: fc.Arbitrary<readonly string[]> = fc
  .tuple(fc.oneof(anything, bodyApart), fc.constantFrom(...Object.values(acts)), fc.nat(6))
  .map(([pieces, act, at]) => {
    const place = at % (pieces.length + 1)
    return [...pieces.slice(0, place), act, ...pieces.slice(place)]
  })

export const cleanWrites: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: anything },
  { weight: 4, arbitrary: bodyApart },
  { weight: 1, arbitrary: trickled },
  { weight: 2, arbitrary: withAct },
)
