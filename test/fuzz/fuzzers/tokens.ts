/**
 * Tokens whose header and claims are any bytes, signed by the pool or not: each ends in a verified caller that a plain
 * reading of the token confirms, or in a typed 401, within 5 ms; and no claim breaks out of its header line.
 */
import { equal, match, ok } from 'node:assert/strict'
import { sign } from 'node:crypto'
import fc from 'fast-check'
import { decide } from '../../../src/decide/decide.ts'
import type { Decision } from '../../../src/decide/decision.ts'
import { readFields } from '../../../src/headers/head-fields.ts'
import { upstreamHeaders } from '../../../src/headers/request.ts'
import { reasons } from '../../../src/reasons.ts'
import { plainPeer } from '../../helpers/header-rules.ts'
import { createReadyRuntime, type TestRuntime, testIssuer } from '../../helpers/runtime.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { applyEdit, spoiltObjects } from '../parts/json-texts.ts'
import { keys } from '../parts/pool.ts'
import { timeWithin } from '../parts/time-within.ts'

interface TokenCase {
  /** JSON or nearly, Latin-1. `@kid@` is the pool's key, `@+60@` a minute from now. */
  readonly header: string
  readonly payload: string
  readonly signature: 'pool' | 'other key' | 'empty' | 'cut'
  readonly scheme: string
  readonly edits: readonly { readonly at: number; readonly cut: number; readonly put: string }[]
}

const header = spoiltObjects({ alg: '"RS256"', kid: '"@kid@"' }, 'typ', 'crit', 'zip', 'b64', 'jwk', 'jku', 'x5u')
const payload = spoiltObjects(
  {
    ...{ sub: '"alice"', iss: JSON.stringify(testIssuer), token_use: '"access"', client_id: '"client1"' },
    ...{ exp: '@+600@', iat: '@+0@', username: '"alice"' },
  },
  ...['nbf', 'aud', 'scope', 'cognito:username', 'cognito:groups', 'email', 'preferred_username'],
)
const mostly = <Value>(usual: Value, ...rest: readonly Value[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rest) })
const tokenEdit = fc.record({
  at: fc.nat(1200),
  cut: fc.nat(2),
  put: fc.constantFrom('', 'A', '=', '.', '+', '/', ' ', '\xe9'),
})
const cases: fc.Arbitrary<TokenCase> = fc.record({
  header,
  payload,
  signature: mostly<TokenCase['signature']>('pool', 'other key', 'empty', 'cut'),
  scheme: mostly('Bearer ', 'bearer ', 'BEARER  ', 'Bearer', 'Bearer\t', 'Basic ', ''),
  edits: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(tokenEdit, { maxLength: 2 }) },
  ),
})

const maxMs = 5

async function open(): Promise<Session<TokenCase>> {
  const world = await createReadyRuntime({ keys })
  return {
    async check(candidate) {
      const token = write(candidate, world)
      const head = {
        method: 'GET',
        url: '/',
        fields: readFields(['Host', 'h', 'Authorization', candidate.scheme + token]),
      }
      const { result, isQuick } = timeWithin(maxMs, () => decide(world.runtime, head, world.clock.now()))
      ok(isQuick, `a decision takes more than ${maxMs} ms`)
      const decision = await result
      if (decision.kind !== 'refuse' && decision.kind !== 'allow') throw new Error(`a ${decision.kind} of the gate`)
      if (decision.kind === 'refuse') equal(reasons[decision.reason].status, 401, decision.reason)
      else checkAllowed(candidate, decision, world)
      return decision.kind === 'refuse' ? decision.reason : 'allow'
    },
  }
}

function write({ header, payload, signature, edits }: TokenCase, world: TestRuntime): string {
  const input = [header, payload]
    .map((text) => Buffer.from(fillIn(text, world), 'latin1').toString('base64url'))
    .join('.')
  return edits.reduce(applyEdit, `${input}.${signInput(input, signature)}`)
}

function fillIn(text: string, { clock }: TestRuntime): string {
  const nowSeconds = Math.floor(clock.now() / 1000)
  return text
    .replaceAll('@kid@', keys.current('access').kid)
    .replaceAll(/@([+-]\d+)@/g, (_, offset: string) => String(nowSeconds + Number(offset)))
}

function signInput(input: string, signature: TokenCase['signature']): string {
  if (signature === 'empty') return ''
  const { privateKey } = keys.current(signature === 'other key' ? 'id' : 'access')
  const bytes = sign('sha256', Buffer.from(input), privateKey)
  return (signature === 'cut' ? bytes.subarray(1) : bytes).toString('base64url')
}

/** Decoded once more, by the shortest way there is. */
function checkAllowed(candidate: TokenCase, decision: Extract<Decision, { kind: 'allow' }>, world: TestRuntime): void {
  const now = world.clock.now() / 1000
  const head = readObject(candidate.header, world)
  const claims = readObject(candidate.payload, world)
  equal(candidate.signature, 'pool')
  equal(head['alg'], 'RS256')
  equal(head['kid'], keys.current('access').kid)
  equal('crit' in head, false)
  const { iss, token_use, client_id, aud } = claims
  equal([iss, token_use, client_id, aud].join(' '), [testIssuer, 'access', 'client1', ''].join(' '))
  ok(Number(claims['exp']) > now && Number(claims['nbf'] ?? 0) <= now && Number(claims['iat'] ?? 0) <= now + 300)
  equal(decision.caller?.subject, claims['sub'])
  checkLines(decision, world)
}

function readObject(text: string, world: TestRuntime): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(fillIn(text, world), 'latin1').toString())
}

const headerLine = /^[A-Za-z-]+: [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

function checkLines({ caller }: Extract<Decision, { kind: 'allow' }>, { runtime }: TestRuntime): void {
  const lines = upstreamHeaders(runtime.headers, { fields: readFields([]), peer: plainPeer, caller, requestId: 'r' })
  const names = lines
    .split('\r\n')
    .slice(0, -1)
    .map((line) => {
      match(line, headerLine)
      return line.slice(0, line.indexOf(':')).toLowerCase()
    })
  equal(new Set(names).size, names.length, `${names} occur once each`)
}

export const tokens = defineFuzzer({ name: 'tokens', cases, open })
