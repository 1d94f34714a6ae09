import { createServer } from 'node:http'
import type { Test } from 'tap'
import t from 'tap'
import { compilePolicy } from '../../src/decide/policy.ts'
import type { RefusalAnswer } from '../../src/gate/respond.ts'
import { rateLimitFields, respond, respondRaw } from '../../src/gate/respond.ts'
import type { Reason, ReasonFacts } from '../../src/reasons.ts'
import { reasons } from '../../src/reasons.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import type { RawResponse } from '../helpers/raw-response.ts'
import { parseResponses } from '../helpers/raw-response.ts'
import { sendRaw } from '../helpers/raw-socket.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

async function answerOf(t: Test, answer: RefusalAnswer, bytes = get): Promise<RawResponse> {
  const { port } = await listenOnLoopback(
    t,
    createServer((_, res) => respond(res, answer)),
  )
  const { responses } = await sendRaw({ port, bytes })
  const [response] = responses
  if (response === undefined) throw new TypeError('no answer')
  return response
}

t.test('answers a refusal with problem JSON that names the reason', async (t) => {
  const { status, statusText, headers, body } = await answerOf(t, { reason: 'insufficient_group', requestId: 'id-1' })
  t.equal(`${status} ${statusText}`, '403 Forbidden')
  t.match(headers, {
    'content-type': ['application/problem+json'],
    'cache-control': ['no-store'],
    'x-request-id': ['id-1'],
    'content-length': [String(body.length)],
  })
  t.notOk('www-authenticate' in headers || 'retry-after' in headers)
  t.strictSame(JSON.parse(body.toString()), {
    type: 'urn:cogate:reason:insufficient_group',
    title: 'Forbidden',
    status: 403,
    detail: reasons.insufficient_group.detail,
    code: 'insufficient_group',
    requestId: 'id-1',
  })
})

t.test('answers HEAD with the same head and no body', async (t) => {
  const { status, headers, body } = await answerOf(
    t,
    { reason: 'token_missing', requestId: 'id-1' },
    get.replace('GET', 'HEAD'),
  )
  t.equal(status, 401)
  t.ok(Number(headers['content-length']?.[0]) > 0)
  t.equal(body.length, 0)
})

t.test('keeps the connection and skips the body it never read', async (t) => {
  const answer = { reason: 'token_missing', requestId: 'id-1' } as const
  const { port } = await listenOnLoopback(
    t,
    createServer((_, res) => respond(res, answer)),
  )
  const upload = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n${'a'.repeat(200_000)}`
  const { responses } = await sendRaw({ port, bytes: upload + get, expectResponses: 2, methods: ['POST', 'GET'] })
  t.strictSame(
    responses.map(({ status, headers }) => [status, headers.connection]),
    [
      [401, ['keep-alive']],
      [401, ['keep-alive']],
    ],
  )
})

/** The head of the same answer written as bytes. */
function rawHeadOf(answer: RefusalAnswer): RawResponse {
  const { responses, rest } = parseResponses(Buffer.from(respondRaw(answer)), { ended: true })
  const [response] = responses
  if (response === undefined || rest.length > 0) throw new TypeError('not one answer')
  return response
}

function challengeOf(reason: Reason, policy?: RefusalAnswer['policy']): string | undefined {
  return rawHeadOf({ reason, requestId: 'id-1', policy }).headers['www-authenticate']?.join()
}

t.test('names the realm that it is given in every challenge', async (t) => {
  for (const [reason, rest] of [
    ['token_missing', ''],
    ['token_expired', ', error="invalid_token"'],
    ['insufficient_scope', ', error="insufficient_scope"'],
  ] as const) {
    const head = rawHeadOf({ reason, requestId: 'id-1', realm: String.raw`"a \"b\" \\c"` })
    t.ok(head.headers['www-authenticate']?.[0]?.startsWith(String.raw`Bearer realm="a \"b\" \\c"${rest}`), reason)
  }
})

t.test('challenges a caller without a token, and names the error of one with a bad token', async (t) => {
  t.equal(challengeOf('token_missing'), 'Bearer realm="cogate"')
  t.equal(
    challengeOf('token_expired'),
    'Bearer realm="cogate", error="invalid_token", error_description="The token has expired."',
  )
  t.match(
    challengeOf('credential_conflict'),
    /^Bearer realm="cogate", error="invalid_request", error_description="[^"]+"$/,
  )
  t.equal(challengeOf('insufficient_group'), undefined)
  t.equal(challengeOf('path_ambiguous'), undefined)
})

t.test('names the scope to ask for', async (t) => {
  const policy = compilePolicy({ scopes: ['api/read', 'api/write'] })
  t.match(challengeOf('insufficient_scope', policy), /error="insufficient_scope".*, scope="api\/read api\/write"$/)
  t.notMatch(challengeOf('insufficient_scope'), /scope="api/)
  t.notMatch(challengeOf('token_expired', policy), /api/, 'only where scope is what is missing')
})

t.test('says when to try again after a 503', async (t) => {
  t.strictSame(rawHeadOf({ reason: 'keys_unavailable', requestId: 'id-1' }).headers['retry-after'], ['5'])
  t.notOk('retry-after' in rawHeadOf({ reason: 'upstream_timeout', requestId: 'id-1' }).headers)
})

t.test('writes the answer of every reason as bytes of one whole response that closes', async (t) => {
  for (const [reason, facts] of Object.entries<ReasonFacts>(reasons)) {
    const { status, headers, body, complete } = rawHeadOf({ reason: reason as Reason, requestId: 'id-1' })
    t.equal(status, facts.status, reason)
    t.ok(complete)
    t.strictSame(headers.connection, ['close'])
    t.match(JSON.parse(body.toString()), {
      code: reason,
      status,
      detail: facts.detail,
      title: /^[A-Z]/,
      requestId: 'id-1',
    })
    t.equal(
      'www-authenticate' in headers,
      facts.error !== undefined || facts.kind === 'challenge',
      `challenge of ${reason}`,
    )
  }
})

t.test('says of a rate limit which one it was and when to come again', async (t) => {
  const exceeded = { name: 'subject', rate: { requests: 50, periodMs: 1000 }, retryAfterSeconds: 2 } as const
  const { status, headers } = await answerOf(t, { reason: 'rate_limited', requestId: 'id-1', exceeded })
  t.equal(status, 429)
  t.hasStrict(headers, {
    'retry-after': ['2'],
    'ratelimit-policy': ['"subject";q=50;w=1'],
    ratelimit: ['"subject";r=0;t=2'],
  })
})

t.test('says when to come again, which limit it was, and that nothing is left of it', async (t) => {
  const rate = { requests: 600, periodMs: 60_000 }
  t.same(rateLimitFields({ name: 'address', rate, retryAfterSeconds: 3 }), [
    'Retry-After',
    '3',
    'RateLimit-Policy',
    '"address";q=600;w=60',
    'RateLimit',
    '"address";r=0;t=3',
  ])
})
