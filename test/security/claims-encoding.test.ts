/**
 * Attack: a user gives himself a name, or an admin a group, that breaks out of its header: line breaks, bytes no header may
 * hold, list separators, blanks that HTTP drops. A green run proves that every claim stays one value of one header and
 * that a list is read with the members it was written with.
 */
import { validateHeaderValue } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { HeaderEncoding } from '../../src/config/identity-headers.ts'
import { encodeClaim } from '../../src/headers/encode.ts'

const fixed = { seed: 20_261_123, numRuns: 3000 }

const separators = { csv: ',', pipe: '|', space: ' ' } as const

/** What an upstream does to get the text back. */
const decoders = {
  percent: (value) => decodeURIComponent(value),
  utf8: (value) => decodePercent(Buffer.from(value, 'latin1').toString('utf8')),
  base64: (value) => Buffer.from(value, 'base64').toString('utf8'),
  json: (value) => JSON.parse(value),
  qp: (value) =>
    Buffer.from(
      value.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ).toString('utf8'),
} satisfies Record<HeaderEncoding, (value: string) => string>

function decodePercent(value: string): string {
  const bytes = Buffer.from(value, 'utf8').toString('latin1')
  const decoded = bytes.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(decoded, 'latin1').toString('utf8')
}

const encodings = Object.keys(decoders) as HeaderEncoding[]
const encoding = fc.constantFrom(...encodings)

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(',', '|', ' ', '%', '2', 'C', '=', '"', '\\', '\r', '\n', '\0', '\t', 'a', 'é', '😀'),
  }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)

function isOneHeaderValue(value: string): boolean {
  validateHeaderValue('x-claim', value)
  // RFC 9110 section 5.5: a recipient drops blanks at the ends.
  return !/[\r\n\0]|^[ \t]|[ \t]$/.test(value)
}

t.test('any text is one header value that is read as the same text', async (t) => {
  const property = fc.property(
    text,
    encoding,
    fc.constantFrom('csv', 'json', 'pipe', 'space'),
    (claim, encoding, format) => {
      const value = encodeClaim(claim, { encoding, format })
      if (claim === '') return value === undefined
      if (value === undefined || !isOneHeaderValue(value)) return false
      return decoders[encoding](value).toWellFormed() === claim.toWellFormed()
    },
  )
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('any list is one header value whose members are neither more nor fewer nor others', async (t) => {
  const list = fc
    .record({ items: fc.array(text, { minLength: 1 }), format: fc.constantFrom('csv', 'pipe', 'space') })
    // Between blanks there is nothing: an empty member cannot be written in that format.
    .filter(({ items, format }) => format !== 'space' || !items.includes(''))
  const property = fc.property(list, encoding, ({ items, format }, encoding) => {
    const value = encodeClaim(items, { encoding, format }) ?? ''
    const wellFormed = items.map((item) => item.toWellFormed())
    if (!isOneHeaderValue(value)) return false
    const readings = [undefined, (item: string) => item.replace(/^[ \t]+|[ \t]+$/g, '')].map((read) =>
      readList(value, encoding, format, read),
    )
    return readings.every((reading) => isDeepStrictEqual(reading, wellFormed))
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

/**
 * Percent encoding is undone in each member after the list is split, any other encoding before. Many readers drop the blanks around
 * a member (`read`), as RFC 9110 section 5.6.1 says of lists.
 */
function readList(
  value: string,
  encoding: HeaderEncoding,
  format: keyof typeof separators,
  read = (item: string): string => item,
): string[] {
  const raw = encoding === 'percent' || encoding === 'utf8' ? value : decoders[encoding](value)
  const decode: (item: string) => string = encoding === 'utf8' ? decoders.utf8 : decodeURIComponent
  return raw.split(separators[format]).map((item: string) => decode(read(item)).toWellFormed())
}

t.test('any list written as JSON is read as the same list', async (t) => {
  const property = fc.property(
    fc.array(text, { minLength: 1 }),
    fc.constantFrom('base64', 'qp', 'json'),
    (items, encoding) => {
      const value = encodeClaim(items, { encoding, format: 'json' }) ?? ''
      const wellFormed = items.map((item) => item.toWellFormed())
      const read = JSON.parse(decoders[encoding](value)).map((item: string) => item.toWellFormed())
      return isOneHeaderValue(value) && isDeepStrictEqual(read, wellFormed)
    },
  )
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('any JSON value is one header value', async (t) => {
  const property = fc.property(
    fc.jsonValue(),
    encoding,
    fc.constantFrom('csv', 'json', 'pipe'),
    (claim, encoding, format) => {
      const value = encodeClaim(claim as Parameters<typeof encodeClaim>[0], { encoding, format })
      return value === undefined || isOneHeaderValue(value)
    },
  )
  t.doesNotThrow(() => fc.assert(property, fixed))
})
