/** Requests without a fault, several on a connection, in every combination of what makes a connection lose its place. */
import fc from 'fast-check'

const authorized = 'Host: app.example\r\nAuthorization: Bearer {{TOKEN}}\r\n'
/** On a rule without a token: whoever takes it for a request forwards it. */
const smuggled = 'GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

const methods = ['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND', 'QUERY', 'LOCK']
const sizes = [0, 1, 2, 255, 4095, 8191, 8192, 8193, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000]
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
}

const shape: fc.Arbitrary<Shape> = fc.record({
  method: fc.constantFrom(...methods),
  field: fc.constantFrom(...fields),
  framing: fc.constantFrom('none', 'length', 'padded', 'chunked'),
  content,
  chunk: fc.constantFrom(1, 5, 4096, 8192, 16_384, 65_536),
  zeros: fc.nat(8),
})

function write({ method, field, framing, content, chunk, zeros }: Shape, index: number): string {
  const head = `${method} /r/${index} HTTP/1.1\r\n${authorized}${field}`
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

/** Cut at the ends of heads or anywhere; an empty piece is a pause, so that the gate may answer in between. */
export const cleanWrites: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.array(shape, { minLength: 1, maxLength: 4 }),
    fc.array(fc.record({ isHead: fc.boolean(), at: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([shapes, cuts, waits]) => {
    const bytes = shapes.map(write).join('')
    const heads = [...bytes.matchAll(/\r\n\r\n/g)].map(({ index }) => index + 4)
    const places = cuts.map(({ isHead, at }) =>
      isHead ? (heads[Math.floor(at * heads.length)] ?? 0) : Math.floor(at * bytes.length),
    )
    const sorted = places.toSorted((one, other) => one - other)
    const pieces = [0, ...sorted].map((from, index) => bytes.slice(from, sorted[index] ?? bytes.length))
    return waits ? pieces.flatMap((piece) => [piece, '']) : pieces
  })
