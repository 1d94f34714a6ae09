/**
 * Cookie headers of all kinds through a gate with browser sign-in: real sessions in one cookie and in two, changed ones, ended
 * ones, leftovers, duplicates, in every spelling. A plain reading of the header says who it is, and what the service may get.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import type { RawResponse } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { applyEdit } from '../parts/json-texts.ts'
import { type LoginGate, openLoginGate } from '../parts/login-gate.ts'
import { openUpstream, type SeenRequest } from '../parts/upstream.ts'

interface Pair {
  readonly before: string
  readonly name: string
  readonly is: string
  /** `@alice@`, `@many@`, `@many.1@` and `@ended@` are real cookies. */
  readonly value: string
  readonly edits: readonly { readonly at: number; readonly cut: number; readonly put: string }[]
}

interface CookiesCase {
  /** One Cookie line each. */
  readonly lines: readonly (readonly Pair[])[]
}

const session = '__Host-cogate'
const own = [session, `${session}.1`, `${session}.2`, `${session}.3`, `${session}-b`]
const near = [
  '__host-cogate',
  'cogate',
  `${session}.0`,
  `${session}.4`,
  `${session}x`,
  `${session}-theme`,
  '$Path',
  'a',
  '',
]
const real = ['@alice@', '@many@', '@many.1@', '@ended@']
const weighed = (weight: number, arbitrary: fc.Arbitrary<string>) => ({ weight, arbitrary })

const pair: fc.Arbitrary<Pair> = fc.record({
  before: fc.oneof(
    weighed(9, fc.constant(' ')),
    weighed(1, fc.constantFrom('', '  ', '\t', '\xa0', ',', ' ,', '\x85', ';')),
  ),
  name: fc.oneof(weighed(8, fc.constantFrom(session, session, ...own)), weighed(2, fc.constantFrom(...near))),
  is: fc.oneof(weighed(9, fc.constant('=')), weighed(1, fc.constantFrom('', ' =', '= ', '\t=', '==', '\xa0='))),
  value: fc.oneof(
    weighed(8, fc.constantFrom(...real)),
    weighed(2, fc.constantFrom('', '1~', '1~AAAA', '2~', '9~x', '~', '"@alice@"', '@alice@@alice@', '2@many.1@')),
    weighed(1, fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,20}$/)),
  ),
  edits: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ at: fc.nat(6000), cut: fc.nat(2), put: fc.constantFrom('', 'A', '~', '-', '=', ' ', '.', '%') }),
        { maxLength: 2 },
      ),
    },
  ),
})
const cases: fc.Arbitrary<CookiesCase> = fc.record({
  lines: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.array(pair, { maxLength: 5 })) },
    { weight: 1, arbitrary: fc.array(fc.array(pair, { maxLength: 3 }), { maxLength: 2 }) },
  ),
})

/** The real cookies, by the words of a case. */
type Real = Readonly<Record<string, string>>

async function prepare({ issuer, signIn, port }: LoginGate): Promise<Real> {
  const groups = Array.from({ length: 100 }, (_, index) => `a-group-with-a-long-name-${index}`)
  issuer.login.putUser({ username: 'many', password: 'demo-password', groups })
  const [alice, many, ended] = [await signIn('alice'), await signIn('many'), await signIn('bob')]
  const caller = createCaller(port)
  const cookie = `Cookie: ${session}=${ended.get(session)}\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n`
  const { status } = await caller.ask(`POST /_cogate/logout HTTP/1.1\r\nHost: a\r\n${cookie}\r\n`, 'POST')
  caller.close()
  equal(status, 303)
  return {
    '@alice@': alice.get(session) ?? '',
    '@many@': many.get(session) ?? '',
    '@many.1@': many.get(`${session}.1`) ?? '',
    '@ended@': ended.get(session) ?? '',
  }
}

async function open(): Promise<Session<CookiesCase>> {
  const upstream = await openUpstream()
  const gate = await openLoginGate(upstream.url)
  const cookies = await prepare(gate)
  upstream.takeRequests()
  const caller = createCaller(gate.port)
  return {
    async check({ lines }) {
      const texts = lines.map((pairs) => writeLine(pairs, cookies))
      const head = texts.map((text) => `Cookie: ${text}\r\n`).join('')
      const response = await caller.ask(`GET /x HTTP/1.1\r\nHost: app.example.com\r\n${head}\r\n`)
      const who = readUser(texts, cookies)
      deepEqual(gate.takeFaults(), [])
      const seen = upstream.takeRequests()
      if (isTooLarge(response, head)) {
        equal(seen.length, 0)
        return '431'
      }
      checkAnswer(response, who)
      checkService(response, seen, { texts, who })
      return `${response.status} ${who}`
    },
    async close() {
      caller.close()
      await gate.close()
      await upstream.close()
    },
  }
}

/** A head beyond `limits.headers`, 32 KiB, is refused before anybody reads it. */
function isTooLarge({ status }: RawResponse, head: string): boolean {
  return status === 431 && head.length > 31_000
}

function writeLine(pairs: readonly Pair[], cookies: Real): string {
  const written = pairs.map(({ before, name, is, value, edits }) => {
    const filled = value.replaceAll(/@[a-z.0-9]+@/g, (word) => cookies[word] ?? word)
    return before + name + is + edits.reduce(applyEdit, filled)
  })
  return written.join(';').replaceAll(/^[ \t]+|[ \t]+$/g, '')
}

/** Lines are one list; a blank behind a semicolon is no part of a name (RFC 6265 section 5.4). */
function readPairs(texts: readonly string[]): readonly string[] {
  return texts
    .join('; ')
    .split(';')
    .map((text) => text.replace(/^ /, ''))
}

type User = 'alice' | 'many' | 'ended' | 'nobody'

/** The first real session of the first three cookies of that name. */
function readUser(texts: readonly string[], cookies: Real): User {
  const valuesOf = (name: string) =>
    readPairs(texts)
      .flatMap((text) => (text.startsWith(`${name}=`) ? [text.slice(name.length + 1)] : []))
      .slice(0, 3)
  const isWhole = valuesOf(`${session}.1`).includes(cookies['@many.1@'] ?? '')
  for (const value of valuesOf(session)) {
    if (value === cookies['@alice@']) return 'alice'
    if (value === cookies['@many@'] && isWhole) return 'many'
    if (value === cookies['@ended@']) return 'ended'
  }
  return 'nobody'
}

const refusals: Readonly<Record<'ended' | 'nobody', RegExp>> = {
  ended: /"session_expired"/,
  nobody: /"(?:login_required|session_invalid)"/,
}

function checkAnswer({ status, headers, body }: RawResponse, who: User): void {
  const set = headers['set-cookie'] ?? []
  if (who === 'alice' || who === 'many') {
    equal(status, 200)
    deepEqual(set, [])
    return
  }
  equal(status, 401)
  ok(refusals[who].test(body.toString()), body.toString())
  // A refusal only takes cookies away.
  for (const line of set) ok(/^__Host-cogate(?:\.[1-3])?=; .*Max-Age=0$/.test(line), line)
}

interface Sent {
  readonly texts: readonly string[]
  readonly who: User
}

function checkService({ status }: RawResponse, requests: readonly SeenRequest[], { texts, who }: Sent): void {
  equal(requests.length, status === 200 ? 1 : 0)
  for (const { rawHeaders } of requests) {
    deepEqual(valuesUnder(rawHeaders, 'x-forwarded-user'), [who])
    const others = readPairs(texts).filter((text) => !own.includes(text.split('=', 1)[0]?.trim() ?? ''))
    deepEqual(
      valuesUnder(rawHeaders, 'cookie'),
      others.length === 0 ? [] : [others.join('; ').replaceAll(/^[ \t]+|[ \t]+$/g, '')],
    )
  }
}

function valuesUnder(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

export const loginCookies = defineFuzzer({ name: 'login-cookies', cases, open })
