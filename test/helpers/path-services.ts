/**
 * Services that read a request path in their own ways: what each does to it, in any order. Written apart from the gate's own list of
 * readings.
 */
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { readPath } from '../../src/decide/path.ts'

/** What some service does to a path. Written apart from the gate's own list. */
const habits: readonly ((path: string) => string)[] = [
  decodeUtf8,
  (path) => path.replaceAll(/%2f/gi, '%252F').replaceAll(/(?:%(?!2f)[0-9a-f]{2})+/gi, decodeUtf8),
  (path) => decodeUtf8(shorten(path)),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  resolveDots,
  (path) => path.normalize('NFKC'),
  (path) => path.replaceAll(/ +(?=\/|$)/g, ''),
  (path) => path.replaceAll(/[. ]+(?=\/|$)/g, ''),
  (path) => path.replace(/\0.*$/s, ''),
  (path) => path.replace(/#.*$/s, ''),
  (path) => path.replace(/\?.*$/s, ''),
  (path) => path.replace(/^\/{2,}[^/]+/, '').replace(/^$/, '/'),
  (path) => path.replaceAll(/[\t\n\r]/g, ''),
  (path) => path.replaceAll(/\p{Cc}/gu, ''),
  (path) => path.replace(/\n.*$/s, ''),
  (path) => path.replace(/\r.*$/s, ''),
  (path) => mapSegments(path, (segment) => segment.trim()),
  (path) => path.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, ''),
  (path) => path.replaceAll(/[\u00a5\u20a9\u2216]/g, '\\').replaceAll(/[\u2044\u2215]/g, '/'),
  dropInvalid,
  (path) => path.replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  (path) => path.replace(/;.*$/s, ''),
  (path) => path.replace(/[^/]*$/, (segment) => segment.split(';', 1)[0] ?? ''),
  dropSessions,
  (path) => mapSegments(path, (segment) => segment.replace(/:[^:]*:\$(?:data|index_allocation)$/i, '')),
  (path) => path.replaceAll('+', ' '),
]

function mapSegments(path: string, change: (segment: string) => string): string {
  return path.split('/').map(change).join('/')
}

/** Of ASP.NET. A segment that is nothing else is gone, and its slash with it. */
function dropSessions(path: string): string {
  return path
    .split('/')
    .flatMap((segment, at, all) => {
      const rest = segment.replace(/^\((?:[A-Za-z]\([^()]*\))+\)/, '')
      return rest === '' && segment !== '' && at < all.length - 1 ? [] : [rest]
    })
    .join('/')
}

/** Bytes that are no UTF-8 one by one as Latin-1. */
function decodeUtf8(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    charactersOf(Buffer.from(run.replaceAll('%', ''), 'hex'))
      .map((bytes) => bytes.toString(isInvalid(bytes) ? 'latin1' : 'utf8'))
      .join(''),
  )
}

function dropInvalid(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    charactersOf(Buffer.from(run.replaceAll('%', ''), 'hex'))
      .filter((bytes) => !isInvalid(bytes))
      .map((bytes) => bytes.toString('hex').replaceAll(/../g, '%$&'))
      .join(''),
  )
}

/** The longest pieces that are one character, and single bytes that are none. */
function charactersOf(bytes: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1) {
    const isOne = (length: number) => at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))
    pieces.push(bytes.subarray(at, at + ([4, 3, 2].find((length) => isOne(length) && leads(bytes[at])) ?? 1)))
  }
  return pieces
}

function leads(byte = 0): boolean {
  return byte >= 0xc0
}

function isInvalid(bytes: Buffer): boolean {
  return !isUtf8(bytes)
}

/** As a decoder counts bytes that has never heard of overlong forms; only what becomes ASCII is shortened. */
function shorten(path: string): string {
  return path.replaceAll(/%(?:c|d|e|f)[0-9a-f](?:%[89ab][0-9a-f])+/gi, (run) => {
    const [lead = 0, ...rest] = Array.from(run.matchAll(/[0-9a-f]{2}/gi), ([hex]) => Number.parseInt(hex, 16))
    const count = [0xe0, 0xf0, 0xf8, 0xfc, 0xfe].findIndex((end) => lead < end) + 1
    const bits = lead & (0x3f >> count)
    const code = rest.slice(0, count).reduce((sum, byte) => sum * 64 + (byte & 0x3f), bits)
    const isShort = rest.length >= count && code < 0x80
    return isShort ? `%${code.toString(16).padStart(2, '0')}${run.slice(3 * (count + 1))}` : run
  })
}

function resolveDots(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const isFolder = /^\.{1,2}$/.test(segments.at(-1) ?? '')
  return `/${kept.join('/')}${isFolder && kept.length > 0 ? '/' : ''}`
}

export const service = fc.record({
  order: fc.array(fc.nat(habits.length - 1), { maxLength: 6 }),
  ignoresCase: fc.boolean(),
})
export type Service = typeof service extends fc.Arbitrary<infer T> ? T : never

/** The path as the service has it in the end, written as a request of its own would be. */
export function readAs({ order }: Service, url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  return order.reduce((text, at) => habits[at]?.(text) ?? text, path)
}

/** A reading as a request of its own: nothing is left to decode or normalise in it. */
export function asRequest(text: string) {
  const url = text.replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]|%(?![0-9A-Fa-f]{2})/gu, (part) =>
    encodeURIComponent(part.toWellFormed()),
  )
  const path = readPath(url)
  if (typeof path === 'string') throw new Error(`${path}: ${JSON.stringify(text)}`)
  return { ...path, path: url.replaceAll(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase()), isPlain: false }
}

/** The service has decoded the path, so that nothing is left to decode in it. */
export function decodes({ order }: Service): boolean {
  return order.some((at) => at < 3)
}
