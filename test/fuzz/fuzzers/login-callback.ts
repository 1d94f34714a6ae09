/**
 * Queries of the callback through a gate with browser sign-in: states and codes that are good, used, foreign or changed, beside
 * parameters of every kind. A session begins only where a plain reading of the query finds the one state and the one code.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { publicOrigin } from '../../helpers/login-world.ts'
import type { RawResponse } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { applyEdit } from '../parts/json-texts.ts'
import { type Begun, type LoginGate, openLoginGate } from '../parts/login-gate.ts'
import { openUpstream } from '../parts/upstream.ts'

interface Parameter {
  readonly name: string
  /** `@state@` and `@code@` are of this sign-in, `@other state@` and `@other code@` of another browser's, which is finished. */
  readonly value: string
  readonly edit: { readonly at: number; readonly cut: number; readonly put: string } | null
  /** Every character is escaped, none is, or what a browser escapes. */
  readonly escapes: 'all' | 'none' | 'usual'
}

interface CallbackCase {
  readonly parameters: readonly Parameter[]
  readonly binding: 'own' | 'other' | 'none' | 'own behind other'
}

const words = ['@state@', '@code@', '@other state@', '@other code@']
const marker = '<script>marker'
const weighed = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary })
const edit = fc.record({
  at: fc.nat(400),
  cut: fc.nat(2),
  put: fc.constantFrom('', 'A', '_', '=', '%', '+', '&state=x', '#', '\xe9', '~'),
})

function parameter(name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Parameter> {
  return fc.record({
    name,
    value,
    edit: fc.oneof(weighed(9, fc.constant(null)), weighed(1, edit)),
    escapes: fc.oneof(
      weighed(6, fc.constant('usual' as const)),
      weighed(1, fc.constantFrom('all' as const, 'none' as const)),
    ),
  })
}

const good = (name: string) =>
  parameter(
    fc.constant(name),
    fc.oneof(weighed(7, fc.constant(`@${name}@`)), weighed(1, fc.constantFrom(...words, ''))),
  )
const further = parameter(
  fc.constantFrom(
    'state',
    'code',
    'error',
    'error_description',
    'iss',
    'response',
    'id_token',
    'STATE',
    '__proto__',
    'x',
    '',
  ),
  fc.oneof(
    weighed(1, fc.constantFrom(...words, '', '@iss@', 'access_denied', marker)),
    weighed(1, fc.stringMatching(/^[!-~]{0,20}$/)),
  ),
)
const cases: fc.Arbitrary<CallbackCase> = fc.record({
  parameters: fc
    .tuple(
      fc.oneof(weighed(9, fc.tuple(good('state'))), weighed(1, fc.constant([]))),
      fc.oneof(weighed(9, fc.tuple(good('code'))), weighed(1, fc.constant([]))),
      fc.oneof(weighed(2, fc.constant([])), weighed(1, fc.array(further, { maxLength: 3 }))),
    )
    .map(([state, code, rest]) => [...state, ...code, ...rest]),
  binding: fc.oneof(
    weighed(6, fc.constant('own' as const)),
    weighed(1, fc.constantFrom('other' as const, 'none' as const, 'own behind other' as const)),
  ),
})

async function open(): Promise<Session<CallbackCase>> {
  const upstream = await openUpstream()
  const gate = await openLoginGate(upstream.url)
  const caller = createCaller(gate.port)
  const other = await gate.begin()
  const query = new URLSearchParams({ state: other.state, code: other.code })
  await caller.ask(writeRequest(String(query), writeBinding('own', other, other)))
  upstream.takeRequests()
  return {
    async check({ parameters, binding }) {
      const begun = await gate.begin()
      const query = parameters.map((each) => writeParameter(each, { gate, begun, other })).join('&')
      const cookie = writeBinding(binding, begun, other)
      const before = gate.issuer.login.tokenRequests()
      const response = await caller.ask(writeRequest(query, cookie))
      deepEqual(gate.takeFaults(), [])
      equal(upstream.takeRequests().length, 0)
      const calls = gate.issuer.login.tokenRequests() - before
      checkAnswer(response, gate)
      return checkSession(response, {
        calls,
        query,
        begun,
        bound: binding === 'own' ? begun.state : other.state,
        iss: gate.issuer.issuer,
      })
    },
    async close() {
      caller.close()
      await gate.close()
      await upstream.close()
    },
  }
}

function writeRequest(query: string, cookie: string): string {
  return `GET /_cogate/callback?${query} HTTP/1.1\r\nHost: app.example.com\r\nAccept: text/html\r\n${cookie}\r\n`
}

interface Values {
  readonly gate: LoginGate
  readonly begun: Begun
  readonly other: Begun
}

function writeParameter({ name, value, edit, escapes }: Parameter, { gate, begun, other }: Values): string {
  const texts = new Map([
    ['@state@', begun.state],
    ['@code@', begun.code],
    ['@other state@', other.state],
    ['@other code@', other.code],
    ['@iss@', gate.issuer.issuer],
  ])
  const text = texts.get(value) ?? value
  const edited = edit === null ? text : applyEdit(text, edit)
  if (escapes === 'none') return `${name}=${edited.replaceAll(/[^!-~]/g, '')}`
  if (escapes === 'usual') return `${name}=${encodeURIComponent(edited)}`
  return `${name}=${Buffer.from(edited).toString('hex').replaceAll(/../g, '%$&')}`
}

function writeBinding(binding: CallbackCase['binding'], begun: Begun, other: Begun): string {
  const values = {
    own: [begun.binding],
    other: [other.binding],
    none: [],
    'own behind other': [other.binding, begun.binding],
  }[binding]
  return values.length === 0 ? '' : `Cookie: ${values.map((value) => `__Host-cogate-b=${value}`).join('; ')}\r\n`
}

/** Never another place, never a cause, never what the query says. */
function checkAnswer({ status, headers, body }: RawResponse, { issuer }: LoginGate): void {
  ok([302, 400, 502].includes(status), `an answer ${status}`)
  const [location] = headers['location'] ?? []
  equal(location !== undefined, status === 302)
  if (location !== undefined) {
    ok(location === `${publicOrigin}/page` || location.startsWith(`${issuer.url}/oauth2/authorize?`), location)
  }
  ok(!body.toString().includes(marker), 'the page holds what the query says')
}

interface Facts {
  readonly calls: number
  readonly query: string
  readonly begun: Begun
  /** The state that belongs to the binding of the browser. */
  readonly bound: string
  readonly iss: string
}

/** What makes an answer no plain code: RFC 6749 section 4.1.2, RFC 9207, OpenID Connect Core section 3.3.2.5. */
const disturbing = ['error', 'iss', 'response', 'id_token', 'token']

function checkSession({ status, headers }: RawResponse, { calls, query, begun, bound, iss }: Facts): string {
  const parameters = new URLSearchParams(query.split('#', 1)[0])
  const isOnly = (name: string, value: string) => parameters.getAll(name).length === 1 && parameters.get(name) === value
  const hasAll = bound === begun.state && isOnly('state', begun.state) && isOnly('code', begun.code)
  const others = disturbing.filter((name) => parameters.has(name) && !(name === 'iss' && isOnly('iss', iss)))
  const isClean = others.length === 0
  const set = headers['set-cookie'] ?? []
  const begins = set.some((line) => /^__Host-cogate=1~/.test(line))
  // A parameter without a value may count as absent (RFC 6749 section 3.1).
  const mayBegin = hasAll && others.every((name) => parameters.getAll(name).every((value) => value === ''))
  ok(!begins || mayBegin, `a session for ${query}`)
  // A target with a fragment is refused before anybody reads it.
  ok(begins || !(hasAll && isClean) || query.includes('#'), `no session for ${query}`)
  ok(calls <= (isOnly('state', bound) ? 1 : 0), `${calls} calls for ${query}`)
  return `${status} ${begins ? 'session' : calls === 1 ? 'refused code' : 'none'}`
}

export const loginCallback = defineFuzzer({ name: 'login-callback', cases, open })
