/** Issuer, upstream and gate in one call, and the bytes of requests that carry a token. */
import type { Test } from 'tap'
import type { TestGate } from './gateway.ts'
import { startTestGate } from './gateway.ts'
import type { Issuer } from './issuer.ts'
import { startTestIssuer } from './issuer.ts'
import type { RawExchange, RawRequest } from './raw-socket.ts'
import { sendRaw } from './raw-socket.ts'
import type { ConnectionScript, RawUpstream, Upstream, UpstreamHandler } from './upstream.ts'
import { startRawUpstream, startUpstream } from './upstream.ts'

type GateOptions = Omit<Parameters<typeof startTestGate>[1], 'issuer' | 'upstream'>

export interface Stack<U> {
  readonly issuer: Issuer
  readonly upstream: U
  readonly gate: TestGate
  /** Of a fresh token. */
  readonly authorization: string
  /** Request line and headers with a token, up to and with the empty line; `fields` are whole lines without CRLF. */
  head(requestLine: string, ...fields: readonly string[]): string
  send(bytes: string | Buffer, options?: Omit<RawRequest, 'port' | 'bytes'>): Promise<RawExchange>
}

export interface StackOptions extends GateOptions {
  readonly handler?: UpstreamHandler
}

export async function startStack(t: Test, { handler, ...gate }: StackOptions = {}): Promise<Stack<Upstream>> {
  const upstream = await startUpstream(t, handler)
  return finish(t, upstream, gate)
}

/** In front of an upstream whose bytes the test writes. */
export async function startRawStack(
  t: Test,
  script: ConnectionScript,
  gate: GateOptions = {},
): Promise<Stack<RawUpstream>> {
  return finish(t, await startRawUpstream(t, script), gate)
}

/** In front of an upstream of the test's own. */
export async function startStackBefore(t: Test, url: string, gate: GateOptions = {}): Promise<Stack<undefined>> {
  const stack = await finish(t, { url }, gate)
  return { ...stack, upstream: undefined }
}

async function finish<U extends { readonly url: string }>(
  t: Test,
  upstream: U,
  options: GateOptions,
): Promise<Stack<U>> {
  const issuer = await startTestIssuer(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, ...options })
  const authorization = `Bearer ${issuer.mintAccessToken()}`
  return {
    issuer,
    upstream,
    gate,
    authorization,
    head: (requestLine, ...fields) =>
      [`${requestLine} HTTP/1.1`, 'Host: app.example', `Authorization: ${authorization}`, ...fields, '\r\n'].join(
        '\r\n',
      ),
    send: (bytes, rest = {}) => sendRaw({ port: gate.port, bytes, ...rest }),
  }
}
