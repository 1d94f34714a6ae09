/**
 * The WebSocket handshake (RFC 6455 section 4) as one that stands between both sides sees it: what the caller asked for,
 * and whether the upstream has granted that and nothing else.
 */
import { createHash } from 'node:crypto'
import { textAt, valuesOf } from '../../headers/flat.ts'
import { headerLine } from '../../headers/lines.ts'
import { callerHeaders } from '../../headers/response.ts'
import type { ResponseHead } from '../response-head.ts'
import { ProtocolError } from '../response-head.ts'

/** What the caller sent to open a WebSocket. */
export interface Handshake {
  readonly key: string
  readonly protocols: ReadonlySet<string>
  /** Names only: their parameters are a matter of the two ends. */
  readonly extensions: ReadonlySet<string>
}

/** Sixteen bytes in base64. */
const keyForm = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/** Undefined: it is no handshake of RFC 6455, or one that a body would follow. */
export function readHandshake(rawHeaders: readonly string[]): Handshake | undefined {
  const key = only(valuesOf(rawHeaders, 'sec-websocket-key'))
  if (key === undefined || !keyForm.test(key)) return undefined
  if (only(valuesOf(rawHeaders, 'sec-websocket-version')) !== '13') return undefined
  if (valuesOf(rawHeaders, 'transfer-encoding').length > 0) return undefined
  if (valuesOf(rawHeaders, 'content-length').some((length) => Number(length) !== 0)) return undefined
  return {
    key,
    protocols: new Set(splitList(valuesOf(rawHeaders, 'sec-websocket-protocol'))),
    extensions: new Set(extensionNames(valuesOf(rawHeaders, 'sec-websocket-extensions'))),
  }
}

/** Throws ProtocolError when the upstream's 101 is none for this handshake (RFC 6455 section 4.1). */
export function verifySwitch({ headers }: ResponseHead, { key, protocols, extensions }: Handshake): void {
  const upgrade = only(valuesOf(headers, 'upgrade'))?.toLowerCase()
  const connection = splitList(valuesOf(headers, 'connection')).map((option) => option.toLowerCase())
  if (upgrade !== 'websocket' || !connection.includes('upgrade')) throw new ProtocolError('101 for another protocol')
  if (only(valuesOf(headers, 'sec-websocket-accept')) !== acceptFor(key)) throw new ProtocolError('101 for another key')
  const chosen = valuesOf(headers, 'sec-websocket-protocol')
  if (chosen.length > 1 || chosen.some((name) => !protocols.has(name))) throw new ProtocolError('unasked subprotocol')
  const granted = extensionNames(valuesOf(headers, 'sec-websocket-extensions'))
  if (granted.some((name) => !extensions.has(name))) throw new ProtocolError('unasked extension')
}

/** The head of our own 101 to the caller. */
export function switchHead({ headers, status }: ResponseHead, requestId: string): string {
  const passed = callerHeaders(headers, status, requestId)
  let lines = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  for (let i = 0; i < passed.length; i += 2) lines += headerLine(textAt(passed, i), textAt(passed, i + 1))
  return `${lines}\r\n`
}

/** RFC 6455 section 1.3. */
const acceptSalt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + acceptSalt)
    .digest('base64')
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined
}

function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((item) => item.trim())
}

/** A quoted parameter that holds a comma yields a name more than there is: on the upstream's side that is refused. */
function extensionNames(values: readonly string[]): string[] {
  const names = splitList(values).map((item) => item.split(';', 1)[0]?.trim().toLowerCase() ?? '')
  return names.filter((name) => name !== '')
}
