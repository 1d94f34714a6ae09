/**
 * The header fields of a request that the gate itself looks at, read in one pass over the head. Nothing else may search
 * a request head for a field of this table.
 */

import { textAt } from './lines.ts'
import { canonicalName } from './names.ts'

/** By lower-case name; the value is the property of `HeadFields`. */
const names = {
  host: 'host',
  authorization: 'authorization',
  cookie: 'cookie',
  'content-length': 'contentLength',
  'transfer-encoding': 'transferEncoding',
  expect: 'expect',
  connection: 'connection',
  origin: 'origin',
  'access-control-request-method': 'requestedMethod',
  'x-request-id': 'requestId',
  'x-forwarded-for': 'forwardedFor',
  via: 'via',
  destination: 'destination',
  'x-http-method-override': 'methodOverride',
  'x-http-method': 'methodOverride',
  'x-method-override': 'methodOverride',
  'x-amz-copy-source': 'copySource',
  'x-amz-rename-source': 'copySource',
  'x-goog-copy-source': 'copySource',
  'x-ms-copy-source': 'copySource',
  'x-ms-rename-source': 'copySource',
  'x-copy-from': 'copySource',
  'x-original-url': 'otherUrl',
  'x-rewrite-url': 'otherUrl',
  'x-forwarded-prefix': 'prefix',
  'x-script-name': 'prefix',
} as const

type FieldName = (typeof names)[keyof typeof names]

/**
 * The value of each field, or undefined when it did not come. A repeated field has its values joined: cookies with `; `
 * (RFC 9113 section 8.2.3), all others with `, ` (RFC 9110 section 5.3).
 */
export interface HeadFields extends Readonly<Record<FieldName, string | undefined>> {
  /** Every line as received: name, value, name, value … */
  readonly lines: readonly string[]
  /** Fields that came on more than one line; undefined when there is none. */
  readonly repeated: ReadonlySet<FieldName> | undefined
}

interface MutableFields extends Record<FieldName, string | undefined> {
  lines: readonly string[]
  repeated: Set<FieldName> | undefined
}

/** `lines` is name, value, name, value …, as received. */
export function readFields(lines: readonly string[]): HeadFields {
  const fields = emptyFields(lines)
  for (let i = 0; i < lines.length; i += 2) {
    const name = fieldOf(textAt(lines, i))
    if (name !== undefined) addValue(fields, name, textAt(lines, i + 1))
  }
  return fields
}

/** Written out, so that every request has an object of one shape. */
function emptyFields(lines: readonly string[]): MutableFields {
  return {
    lines,
    repeated: undefined,
    host: undefined,
    authorization: undefined,
    cookie: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    connection: undefined,
    origin: undefined,
    requestedMethod: undefined,
    requestId: undefined,
    forwardedFor: undefined,
    via: undefined,
    destination: undefined,
    methodOverride: undefined,
    copySource: undefined,
    otherUrl: undefined,
    prefix: undefined,
  }
}

function addValue(fields: MutableFields, name: FieldName, value: string): void {
  const earlier = fields[name]
  if (earlier === undefined) {
    fields[name] = value
    return
  }
  fields.repeated ??= new Set()
  fields.repeated.add(name)
  fields[name] = `${earlier}${name === 'cookie' ? '; ' : ', '}${value}`
}

const byName: ReadonlyMap<string, FieldName> = new Map(Object.entries(names))
/** The spellings seen so far; false for a field that is not in the table. Bounded, because callers choose names. */
const bySpelling = new Map<string, FieldName | false>()
const maxSpellings = 2000
const maxSpellingLength = 64

function fieldOf(spelling: string): FieldName | undefined {
  const known = bySpelling.get(spelling)
  if (known !== undefined) return known || undefined
  const name = byName.get(spelling.toLowerCase()) ?? aliasOf(spelling)
  if (bySpelling.size < maxSpellings && spelling.length <= maxSpellingLength) bySpelling.set(spelling, name ?? false)
  return name
}

/** A service may obey `X_HTTP_Method_Override` or `X_Amz_Copy_Source`. No other field of the table is one by another spelling. */
function aliasOf(spelling: string): FieldName | undefined {
  const name = byName.get(canonicalName(spelling))
  return name === 'methodOverride' || name === 'copySource' ? name : undefined
}

/** With one line of that name in the place of all that came, or with none. `name` is in lower case, and no field of the table. */
export function replaceField(fields: HeadFields, name: string, value: string | undefined): HeadFields {
  const kept = fields.lines.filter((_, at) => textAt(fields.lines, at - (at % 2)).toLowerCase() !== name)
  return { ...fields, lines: value === undefined ? kept : [...kept, name, value] }
}

/**
 * The value of a field that few requests are asked for, found by looking through all lines. `name` is in lower case.
 * A repeated field has its values joined.
 */
export function readField({ lines }: HeadFields, name: string): string | undefined {
  let value: string | undefined
  for (let i = 0; i < lines.length; i += 2) {
    if (textAt(lines, i).length !== name.length || textAt(lines, i).toLowerCase() !== name) continue
    value = value === undefined ? textAt(lines, i + 1) : `${value}, ${textAt(lines, i + 1)}`
  }
  return value
}

/**
 * A WebSocket is to be opened. Proxies that ask about a request (nginx, Traefik) keep `Upgrade` to themselves, and HTTP/2 has none
 * (RFC 8441 section 5): a field of the handshake says it too. No script of a page can set one.
 */
export function opensWebSocket({ lines }: Pick<HeadFields, 'lines'>): boolean {
  for (let i = 0; i < lines.length; i += 2) if (isOfHandshake(textAt(lines, i))) return true
  return false
}

const upgradeName = 'upgrade'
const handshakePrefix = 'sec-websocket-'
/** Every request with a session asks for all its names: few have its fifth letter, and only those are compared. */
const fifthLetter = handshakePrefix.charCodeAt(4)

function isOfHandshake(name: string): boolean {
  if (name.length === upgradeName.length) return name.toLowerCase() === upgradeName
  if (name.length < handshakePrefix.length || (name.charCodeAt(4) | 0x20) !== fifthLetter) return false
  return name.toLowerCase().startsWith(handshakePrefix)
}
