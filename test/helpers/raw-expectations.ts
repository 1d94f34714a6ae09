/** What a row of raw-http.jsonl may expect, each key as one check. A key that is not in the table fails its row. */
import type { Test } from 'tap'
import type { RawExpectation, UpstreamCalls } from './cases.ts'
import type { RawExchange } from './raw-socket.ts'
import type { ReceivedRequest } from './recording-upstream.ts'

export interface Observation {
  readonly exchange: RawExchange
  /** What the upstream got of this row. */
  readonly requests: readonly ReceivedRequest[]
  /** Every byte of it. */
  readonly upstreamBytes: Buffer
}

type Checks = {
  readonly [Key in keyof RawExpectation]-?: (
    t: Test,
    seen: Observation,
    expected: NonNullable<RawExpectation[Key]>,
  ) => void
}

const callCounts = {
  once: [1],
  never: [0],
  'at-most-once': [0, 1],
} as const satisfies Record<UpstreamCalls, readonly number[]>

const checks: Checks = {
  status(t, seen, expected) {
    const statuses = statusesOf(seen)
    const all = statuses.length === 0 ? [0] : statuses
    t.same(
      all.filter((status) => !expected.includes(status)),
      [],
      `statuses ${all} are among ${expected}`,
    )
  },
  responses: (t, seen, expected) => t.same(statusesOf(seen), expected),
  max_responses: (t, { exchange }, expected) => t.ok(exchange.responses.length <= expected),
  response_headers_present(t, { exchange }, expected) {
    for (const name of expected) t.ok(exchange.responses[0]?.headers[name], `the response has ${name}`)
  },
  upstream(t, { requests }, expected) {
    const counts: readonly number[] = callCounts[expected]
    t.ok(counts.includes(requests.length), `${requests.length} upstream requests where ${expected} is expected`)
  },
  upstream_path: (t, seen, expected) => eachRequest(seen, ({ target }) => t.equal(target, expected)),
  upstream_headers: (t, seen, expected) =>
    eachRequest(seen, ({ headers }) => {
      for (const [name, value] of Object.entries(expected)) t.same(headers[name], [value], name)
    }),
  upstream_headers_present: (t, seen, expected) =>
    eachRequest(seen, ({ headers }) => {
      for (const name of expected) t.ok(headers[name], `the upstream gets ${name}`)
    }),
  upstream_headers_absent: (t, seen, expected) =>
    eachRequest(seen, ({ headers }) => {
      for (const name of expected) t.equal(headers[name], undefined, `the upstream does not get ${name}`)
    }),
  upstream_body: (t, seen, expected) => eachRequest(seen, ({ body }) => t.equal(body.toString('latin1'), expected)),
  upstream_body_if_called: (t, seen, expected) =>
    eachRequest(seen, ({ body }) => t.equal(body.toString('latin1'), expected)),
  upstream_no_second_request(t, { requests }) {
    t.same(
      requests.slice(1).map(({ target }) => target),
      [],
    )
    t.notOk(
      requests.some(({ target }) => target.startsWith('/secret')),
      'the hidden request stays hidden',
    )
  },
  upstream_no_second_unauth: (t, seen) =>
    eachRequest(seen, ({ headers, target }) => t.ok(headers['authorization'], `${target} carries the credential`)),
  upstream_no_complete: (t, seen) => eachRequest(seen, ({ complete }) => t.equal(complete, false)),
  forbid_in_upstream_bytes(t, { upstreamBytes }, expected) {
    const text = upstreamBytes.toString('latin1').toLowerCase()
    for (const forbidden of expected) t.notMatch(text, forbidden.toLowerCase())
  },
  // The fence behind every row is a request to a gate that must have survived it.
  survives: () => {},
  // How the row is sent.
  half_close: () => {},
  no_placeholder_expansion_in_body: () => {},
  // Rows whose note asks for more meet `checkInvariants`.
  note: () => {},
}

export function checkExpectation(t: Test, seen: Observation, expected: RawExpectation): void {
  for (const [key, value] of Object.entries(expected)) {
    if (isKnown(key)) (checks[key] as (t: Test, seen: Observation, expected: unknown) => void)(t, seen, value)
    else t.fail(`the suite knows what ${key} expects`)
  }
}

/** True for every row, whatever it expects. */
export function checkInvariants(t: Test, { exchange, requests }: Observation): void {
  t.equal(exchange.timedOut, false, 'the caller is never left waiting')
  t.equal(exchange.rest.length, 0, 'every byte of the answer belongs to a response')
  t.notOk(
    exchange.responses.some(({ complete }) => !complete),
    'every response is complete',
  )
  // Only the upstream says 200: without it no request may have been completed there.
  const served = exchange.responses.filter(({ status }) => status === 200).length
  t.equal(requests.filter(({ complete }) => complete).length, served, 'what is refused is never completed upstream')
  for (const { target, headers } of requests) {
    t.same(headers['x-user-sub'], target.startsWith('/public/') ? undefined : ['alice'], `${target} has its caller`)
  }
}

function isKnown(key: string): key is keyof RawExpectation {
  return Object.hasOwn(checks, key)
}

function statusesOf({ exchange }: Observation): readonly number[] {
  return exchange.responses.map(({ status }) => status)
}

/** The number of requests is the business of `upstream`. */
function eachRequest({ requests }: Observation, check: (request: ReceivedRequest) => unknown): void {
  for (const request of requests) check(request)
}
