/** What a request means to the upstream, apart from what every hop writes anew. */
import type { ReceivedRequest } from './recording-upstream.ts'

export interface Meaning {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
}

/** Framing, connection and the lines a proxy writes itself, in the form in which CGI programs read them. */
const ofTheHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'sec-websocket-key',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-ssl',
  'x-request-id',
])

export function meaningOf({ method, target, headers, body }: ReceivedRequest): Meaning {
  const kept = Object.entries(headers).filter(([name]) => !ofTheHop.has(name.replace(/[^a-z0-9]/g, '-')))
  return { method, target, headers: Object.fromEntries(kept), body: body.toString('latin1') }
}
