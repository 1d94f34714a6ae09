/** What every refusal has in common, whatever was refused: an answer that says why and gives nothing away. */
import type { Test } from 'tap'
import { type Reason, type ReasonFacts, reasons } from '../../src/reasons.ts'
import type { RawResponse } from './raw-response.ts'

type LogLine = Readonly<Record<string, unknown>>

interface Problem {
  readonly status: number
  readonly code: string
  readonly requestId: string
}

/** Asserts the form of an answer with a body; returns its reason. */
export function checkRefusal(t: Test, response: RawResponse): Reason | undefined {
  t.same(response.headers['content-type'], ['application/problem+json'])
  const problem = JSON.parse(response.body.toString()) as Problem
  const reason = Object.keys(reasons).find((each): each is Reason => each === problem.code)
  t.ok(reason, `${problem.code} is a known reason`)
  if (reason === undefined) return undefined
  t.same([response.status, problem.status], [reasons[reason].status, reasons[reason].status])
  t.same(response.headers['x-request-id'], [problem.requestId])
  checkChallenge(t, response, reasons[reason])
  return reason
}

function checkChallenge(t: Test, { headers }: RawResponse, facts: ReasonFacts): void {
  const [challenge = '', ...more] = headers['www-authenticate'] ?? []
  t.same(more, [])
  if (facts.error !== undefined) t.match(challenge, `Bearer realm="cogate", error="${facts.error}"`)
  else t.equal(challenge, facts.kind === 'challenge' ? 'Bearer realm="cogate"' : '')
}

/** Every refusal has one access line with the reason of its answer. */
export function checkLogged(t: Test, refused: readonly RawResponse[], lines: readonly LogLine[]): void {
  const reasonsLogged = Map.groupBy(
    lines.filter(({ msg }) => msg === 'access'),
    ({ requestId }) => requestId,
  )
  for (const { body } of refused) {
    const { code, requestId } = JSON.parse(body.toString()) as Problem
    t.same(
      reasonsLogged.get(requestId)?.map(({ reason }) => reason),
      [code],
    )
  }
}

/** Shorter parts of a token (`.`, a number) occur anywhere by chance. */
const leastSecretChars = 20

/** Neither whole nor in part. */
export function checkNoToken(t: Test, text: string, tokens: readonly string[]): void {
  const secrets = tokens.flatMap((token) => [token, ...token.split('.')])
  const found = secrets.filter((secret) => secret.length >= leastSecretChars && text.includes(secret))
  t.same(found, [], 'no token and no part of one')
}
