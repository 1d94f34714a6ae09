/**
 * The WebSocket handshake (RFC 6455 section 4), read from between the two sides: what the caller asks for, and whether
 * the upstream accepts that and nothing else. It must never accept a 101 that grants what the caller did not ask for.
 */
import { createHash } from 'node:crypto'
import { headerLine, splitList, textAt, trimBlanks, valuesOf } from '../../headers/lines.ts'
import type { ResponseHead } from '../response-head.ts'
import { ProtocolError } from '../response-head.ts'

/** What the caller sent to open a WebSocket. */
export interface Handshake {
  readonly key: string
  readonly protocols: ReadonlySet<string>
  /** Names without parameters: the two ends negotiate those themselves. */
  readonly extensions: ReadonlySet<string>
}

/** 16 bytes in base64. */
const keyForm = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/** Returns undefined if this is not a handshake of RFC 6455, or if it announces a body. */
export function readHandshake(rawHeaders: readonly string[]): Handshake | undefined {
  const key = only(valuesOf(rawHeaders, 'sec-websocket-key'))
  if (key === undefined || !keyForm.test(key)) return undefined
  if (only(valuesOf(rawHeaders, 'sec-websocket-version')) !== '13') return undefined
  if (valuesOf(rawHeaders, 'transfer-encoding').length > 0) return undefined
  if (valuesOf(rawHeaders, 'content-length').some((length) => Number(length) !== 0)) return undefined
  return {
    key,
    protocols: new Set(valuesOf(rawHeaders, 'sec-websocket-protocol').flatMap(splitList)),
    extensions: new Set(extensionNames(valuesOf(rawHeaders, 'sec-websocket-extensions'))),
  }
}

/** Throws ProtocolError if the upstream's 101 does not answer this handshake (RFC 6455 section 4.1). */
export function verifySwitch({ headers }: ResponseHead, { key, protocols, extensions }: Handshake): void {
  const upgrade = only(valuesOf(headers, 'upgrade'))?.toLowerCase()
  const connection = valuesOf(headers, 'connection')
    .flatMap(splitList)
    .map((option) => option.toLowerCase())
  if (upgrade !== 'websocket' || !connection.includes('upgrade')) throw new ProtocolError('101 without WebSocket')
  if (only(valuesOf(headers, 'sec-websocket-accept')) !== acceptFor(key)) throw new ProtocolError('101 for another key')
  const chosen = valuesOf(headers, 'sec-websocket-protocol')
  if (chosen.length > 1 || chosen.some((name) => !protocols.has(name)))
    throw new ProtocolError('subprotocol not offered')
  const granted = extensionNames(valuesOf(headers, 'sec-websocket-extensions'))
  if (granted.some((name) => !extensions.has(name))) throw new ProtocolError('extension not offered')
}

/** The head of the 101 that the caller gets, with the headers of the answer as the caller gets them. `ownProtocol` where they choose none. */
export function switchHead(headers: readonly string[], ownProtocol?: string): string {
  const isChosen = ownProtocol === undefined || valuesOf(headers, 'sec-websocket-protocol').length > 0
  const passed = isChosen ? headers : [...headers, 'Sec-WebSocket-Protocol', ownProtocol]
  let lines = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  for (let i = 0; i < passed.length; i += 2) lines += headerLine(textAt(passed, i), textAt(passed, i + 1))
  return `${lines}\r\n`
}

/** From RFC 6455 section 1.3. */
const acceptSalt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + acceptSalt)
    .digest('base64')
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined
}

/** A comma in a quoted parameter yields an extra name. In the upstream's answer it is refused: it was not offered. */
function extensionNames(values: readonly string[]): string[] {
  const names = values.flatMap(splitList).map((item) => trimBlanks(textAt(item.split(';', 1), 0)).toLowerCase())
  return names.filter((name) => name !== '')
}
