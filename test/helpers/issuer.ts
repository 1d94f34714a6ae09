/** The local issuer for a test, and a key endpoint that misbehaves on demand. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { type Issuer, type IssuerOptions, startIssuer } from '../../src/issuer/server.ts'
import { type Listening, listenOnLoopback } from './listen.ts'
import { createTally } from './tally.ts'

export type { Issuer, IssuerOptions }

/** Closed at the end of the test. Pass `keys` to share them between issuers: making them is slow. */
export async function startTestIssuer(t: Test, options: IssuerOptions = {}): Promise<Issuer> {
  const issuer = await startIssuer(options)
  t.teardown(() => issuer.close())
  return issuer
}

/**
 * `hang` never answers; `truncated` promises more bytes than it sends and cuts; `huge` is a valid key set of more than
 * 8 MiB; `redirect` points at the same keys; `down` refuses connections; a status comes with an empty JSON object.
 */
export type JwksMode =
  | 'ok'
  | 'hang'
  | 'html'
  | 'truncated'
  | 'huge'
  | 'redirect'
  | 'down'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

export interface ScriptedJwks {
  /** The same before and after `down`. */
  readonly uri: string
  /** Requests received on any path, so a followed redirect counts twice. */
  readonly fetches: number
  readonly mode: JwksMode
  /** Resolves when the mode is in force; leaving or entering `down` listens again or stops listening. */
  setMode(mode: JwksMode): Promise<void>
  /** Any value that JSON can hold, so that malformed sets can be served too. */
  setKeys(jwks: unknown): void
  /** Resolves once that many requests have been received. */
  fetched(count: number): Promise<void>
}

type AnsweringMode = Exclude<JwksMode, 'down' | { readonly status: number }>

const HUGE_PADDING_BYTES = 8 * 1024 * 1024
const JWKS_PATH = '/.well-known/jwks.json'
const MOVED_PATH = '/moved/jwks.json'

const answers = {
  ok: (response, jwks) => sendJson(response, jwks),
  hang: () => {},
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>'),
  truncated(response, jwks) {
    const body = Buffer.from(JSON.stringify(jwks))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy())
  },
  huge: (response, jwks) => sendJson(response, { ...(jwks as object), padding: 'x'.repeat(HUGE_PADDING_BYTES) }),
  redirect: (response) => response.writeHead(302, { location: MOVED_PATH }).end(),
} satisfies Record<AnsweringMode, (response: ServerResponse, jwks: unknown) => void>

export async function startScriptedJwks(t: Test, initialJwks: unknown = { keys: [] }): Promise<ScriptedJwks> {
  const fetches = createTally()
  let mode: JwksMode = 'ok'
  let jwks = initialJwks
  const createKeyServer = (): Server =>
    createServer((request, response) => {
      fetches.add()
      answer({ mode: request.url === MOVED_PATH ? 'ok' : mode, response, jwks })
    })
  let listening: Listening = await listenOnLoopback(t, createKeyServer())
  const { port } = listening
  return {
    uri: `http://127.0.0.1:${port}${JWKS_PATH}`,
    get fetches() {
      return fetches.count
    },
    get mode() {
      return mode
    },
    async setMode(next) {
      const wasDown = mode === 'down'
      mode = next
      if (next === 'down') await listening.close()
      else if (wasDown) listening = await listenOnLoopback(t, createKeyServer(), port)
    },
    setKeys(next) {
      jwks = next
    },
    fetched: (count) => fetches.reached(count),
  }
}

interface Answering {
  readonly mode: JwksMode
  readonly response: ServerResponse
  readonly jwks: unknown
}

function answer({ mode, response, jwks }: Answering): void {
  if (mode === 'down') response.destroy()
  else if (typeof mode === 'string') answers[mode](response, jwks)
  else response.writeHead(mode.status, { 'content-type': 'application/json', ...mode.headers }).end('{}')
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
