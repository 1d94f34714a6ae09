/**
 * A gate in this process for the rows of jwt.jsonl: a clock that moves when told to, a key endpoint that does what the
 * row says, and tokens built as the row describes them.
 */
import type { Test } from 'tap'
import type { Reason } from '../../src/reasons.ts'
import {
  type BuildContext,
  buildToken,
  type CaseKeys,
  caseClientId,
  casePoolId,
  publishKey,
  type TokenBuild,
} from './build-jwt.ts'
import { type Clock, createClock } from './clock.ts'
import { startTestGate, type TestGate } from './gateway.ts'
import { type Issuer, type ScriptedJwks, startScriptedJwks } from './issuer.ts'
import { sendRaw } from './raw-socket.ts'
import { checkNoToken, checkRefusal } from './refusals.ts'
import { startUpstream, type Upstream } from './upstream.ts'

export interface CaseGateOptions {
  /** Names the pool and the client; its own keys are not used. */
  readonly issuer: Issuer
  readonly keys: CaseKeys
  /** What the endpoint publishes first; default: K1 as k1, K2 as k2. */
  readonly published?: readonly unknown[]
  readonly startMs?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly routes?: readonly object[]
}

/** 200, or the reason of the refusal. */
export type Verdict = 200 | Reason

export interface CaseGate {
  readonly clock: Clock
  readonly jwks: ScriptedJwks
  readonly upstream: Upstream
  readonly gate: TestGate
  /** Seconds since the epoch, by the gate's clock. */
  nowSeconds(): number
  build(build: TokenBuild, changes?: Partial<TokenBuild>): string
  /** Asserts the form of whatever comes back. */
  send(t: Test, token: string, path?: string): Promise<Verdict>
  readyStatus(): Promise<number>
}

export const goodBuild: TokenBuild = { alg: 'RS256', kid: 'k1', key: 'K1' }

/** Variables for a gate whose keys come from `jwksUri` and whose issuers are the pool's own. */
export function caseEnvironment(jwksUri: string): Readonly<Record<string, string | undefined>> {
  return { COGATE_USER_POOL_ISSUER: undefined, COGATE_USER_POOL_JWKS_URI: jwksUri }
}

/** The pool and client the tokens of the rows are for. */
export const caseIssuerOptions = { poolId: casePoolId, clientId: caseClientId } as const

export function publishPool(keys: CaseKeys): readonly unknown[] {
  return [publishKey(keys.K1, 'k1'), publishKey(keys.K2, 'k2')]
}

/** The endpoint answers before the gate starts; use `startGateOn` for one that does not. */
export async function startCaseGate(t: Test, options: CaseGateOptions): Promise<CaseGate> {
  const jwks = await startScriptedJwks(t, { keys: options.published ?? publishPool(options.keys) })
  return startGateOn(t, jwks, options)
}

/** A gate on an endpoint that is not `ok` starts without keys. */
export async function startGateOn(t: Test, jwks: ScriptedJwks, options: CaseGateOptions): Promise<CaseGate> {
  const clock = createClock(options.startMs)
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, {
    issuer: options.issuer,
    upstream: upstream.url,
    env: { ...caseEnvironment(jwks.uri), ...options.env },
    now: clock.now,
    waitForKeys: jwks.mode === 'ok',
    ...(options.routes && { routes: options.routes }),
  })
  const nowSeconds = () => Math.floor(clock.now() / 1000)
  const context = (): BuildContext => ({ keys: options.keys, now: nowSeconds() })
  return {
    clock,
    jwks,
    upstream,
    gate,
    nowSeconds,
    build: (build, changes = {}) => buildToken({ ...build, ...changes }, context()),
    send: (t, token, path = '/x') => sendToken(t, { gate, token, path }),
    async readyStatus() {
      const response = await fetch(`${gate.opsUrl}/readyz`)
      await response.arrayBuffer()
      return response.status
    },
  }
}

interface TokenRequest {
  readonly gate: Pick<TestGate, 'port' | 'lines'>
  readonly token: string
  readonly path: string
}

/** Text beyond ASCII goes out as UTF-8. */
export async function sendToken(t: Test, { gate, token, path }: TokenRequest): Promise<Verdict> {
  const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gate.port}\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const { responses } = await sendRaw({ port: gate.port, bytes: Buffer.from(head) })
  const [response] = responses
  if (response === undefined) throw new Error('the gate gave no answer')
  if (response.status === 200) return 200
  checkNoToken(t, JSON.stringify([response.rawHeaders, response.body.toString()]), [token])
  checkNoToken(t, JSON.stringify(gate.lines), [token])
  const reason = checkRefusal(t, response)
  if (reason === undefined) throw new Error(`the gate answered ${response.status} for no known reason`)
  return reason
}
