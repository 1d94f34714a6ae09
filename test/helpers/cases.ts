/**
 * The attack cases of test/cases: one JSON object a line. A row that expects what cogate does not do keeps its
 * expectation and says in `cogate` what is tested instead, and why.
 */
import { readFileSync } from 'node:fs'
import type { TokenBuild } from './build-jwt.ts'

export interface Row<Expectation> {
  readonly id: string
  readonly group: string
  readonly name: string
  readonly expect: Expectation
  readonly cogate?: { readonly expect: Expectation; readonly because: string }
}

export interface JwtCase extends Row<string> {
  readonly build: CaseBuild
  /** Why cogate refuses it; single rows that are not accepted have one. */
  readonly reason?: string
}

/** What a row adds to the build of a token when one request is not enough. */
export interface CaseBuild extends TokenBuild {
  readonly sequence?: readonly string[]
  readonly jwks_response?: string
  readonly jwks_variant?: string
  readonly external?: string
}

/** `single`: one request tells. `keys`: the key endpoint plays a part. `external`: built by its test. */
export type JwtCaseKind = 'single' | 'sequence' | 'keys' | 'external'

export interface RawHttpCase extends Row<RawExpectation> {
  /** Latin-1, one character a byte; `{{HOST}}` and `{{TOKEN}}` are filled in. */
  readonly raw: string
}

/** A bad day: what happens, what a caller gets, and the test that makes it happen. */
export interface FaultCase extends Row<string> {
  readonly setup: string
  readonly stimulus: string
  /** What the bare packages did: Fastify, its proxy plugin and a hook that verifies. */
  readonly baseline?: string
  /** A file that names the id. */
  readonly test: string
}

export type UpstreamCalls = 'once' | 'never' | 'at-most-once'

export interface RawExpectation {
  /** Of every response; 0 is a connection that ends without one. */
  readonly status?: readonly number[]
  /** The statuses of all responses in order. */
  readonly responses?: readonly number[]
  readonly max_responses?: number
  readonly response_headers_present?: readonly string[]
  readonly upstream: UpstreamCalls
  readonly upstream_path?: string
  readonly upstream_headers?: Readonly<Record<string, string>>
  readonly upstream_headers_present?: readonly string[]
  readonly upstream_headers_absent?: readonly string[]
  readonly upstream_body?: string
  readonly upstream_body_if_called?: string
  readonly upstream_no_second_request?: true
  readonly upstream_no_second_unauth?: true
  readonly upstream_no_complete?: true
  readonly forbid_in_upstream_bytes?: readonly string[]
  /** The gate serves the next request. */
  readonly survives?: true
  /** The caller ends its side behind the bytes. */
  readonly half_close?: true
  /** Placeholders in the body stay as they are. */
  readonly no_placeholder_expansion_in_body?: true
  /** For the reader. */
  readonly note?: string
}

export function readJwtCases(kind: JwtCaseKind): readonly JwtCase[] {
  return readRows<JwtCase>('jwt.jsonl').filter(({ build }) => kindOf(build) === kind)
}

export function readRawHttpCases(): readonly RawHttpCase[] {
  return readRows<RawHttpCase>('raw-http.jsonl')
}

export function readFaultCases(): readonly FaultCase[] {
  return readRows<FaultCase>('fault.jsonl')
}

export function expectationOf<Expectation>({ expect, cogate }: Row<Expectation>): Expectation {
  return cogate ? cogate.expect : expect
}

/** Rows that need a test of their own; throws when a row has none or a test has no row. */
export function pairWithTests<Test>(
  rows: readonly JwtCase[],
  tests: Readonly<Record<string, Test>>,
): readonly (readonly [JwtCase, Test])[] {
  const ids = rows.map(({ id }) => id)
  const unmatched = [...ids.filter((id) => !tests[id]), ...Object.keys(tests).filter((id) => !ids.includes(id))]
  if (unmatched.length > 0) throw new Error(`rows and tests differ in ${unmatched.join(' ')}`)
  return rows.flatMap((row) => {
    const test = tests[row.id]
    return test === undefined ? [] : [[row, test] as const]
  })
}

function kindOf({ jwks_response, jwks_variant, sequence, external }: CaseBuild): JwtCaseKind {
  if (external !== undefined) return 'external'
  if (jwks_response !== undefined || jwks_variant !== undefined) return 'keys'
  return sequence === undefined ? 'single' : 'sequence'
}

function readRows<R>(file: string): readonly R[] {
  const text = readFileSync(new URL(`../cases/${file}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as R)
}
