/**
 * Writes the answer to a refusal: status, challenge (RFC 6750), problem JSON (RFC 9457). Nothing else writes one. An answer
 * never holds a token, a claim, an address or a stack.
 */
import type { ServerResponse } from 'node:http'
import type { Scheme } from '../credentials/credentials.ts'
import type { Policy } from '../decide/policy.ts'
import { requiredScope } from '../decide/policy.ts'
import type { Exceeded } from '../decide/rate-limiter.ts'
import { STATUS_CODES } from '../node-http.ts'
import type { Reason, ReasonFacts } from '../reasons.ts'
import { reasons } from '../reasons.ts'

export interface RefusalAnswer {
  readonly reason: Reason
  readonly requestId: string
  /** Of the challenge, quoted (`quotedString`); default `"cogate"`. */
  readonly realm?: string
  /** Of the resource, for a challenge (RFC 9728 section 5.1). A URL that needs no quoting. */
  readonly metadataUrl?: string | undefined
  /** What is accepted; default: `Bearer` alone. */
  readonly schemes?: readonly Scheme[]
  /** The policy of the route that refused; the challenge names the scope it demands. */
  readonly policy?: Policy | undefined
  /** Further lines of the head: name, value, name, value … */
  readonly lines?: readonly string[] | undefined
  /** The rate limit that refused. */
  readonly exceeded?: Exceeded | undefined
  /** What makes the path ambiguous, in words. */
  readonly form?: string | undefined
  /** Values of Set-Cookie. */
  readonly cookies?: readonly string[] | undefined
}

/** Seconds a caller should wait before it tries again after a 503. */
const retryAfterSeconds = '5'

/**
 * Node reads the rest of an upload and throws it away, within `limits.requestTimeout`. Closing the connection now would reset
 * it, and the answer would be lost.
 */
export function respond(res: ServerResponse, answer: RefusalAnswer): void {
  const { status, headers, body } = refusalAnswer(answer)
  res.writeHead(status, STATUS_CODES[status], headers)
  res.end(body, 'latin1')
}

/** The answer to a refusal as values; its body is ASCII. */
export function refusalAnswer(answer: RefusalAnswer): OwnAnswer & { readonly headers: string[] } {
  const body = problem(answer)
  return { status: reasons[answer.reason].status, headers: answerHeaders(answer, body), body }
}

export interface OwnAnswer {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  /** In UTF-8. */
  readonly body: string
}

/** Writes a page or a redirect of the gate's own. */
export function respondWith(res: ServerResponse, { status, headers, body }: OwnAnswer): void {
  const length = status === 204 ? [] : ['Content-Length', String(Buffer.byteLength(body))]
  res.writeHead(status, STATUS_CODES[status], [...headers, ...length])
  res.end(body)
}

/** Yes to a preflight; `lines` is name, value, name, value … */
export function respondPreflight(res: ServerResponse, lines: readonly string[], requestId: string): void {
  res.writeHead(204, STATUS_CODES[204], [...lines, 'X-Request-Id', requestId])
  res.end()
}

/** The same answer as bytes, for a connection on which no request could be read. */
export function respondRaw(answer: RefusalAnswer & { readonly isHead?: boolean }): string {
  const { status } = reasons[answer.reason]
  const body = problem(answer)
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close']
  const headers = answerHeaders(answer, body)
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n${answer.isHead ? '' : body}`
}

const plainText = 'This port speaks TLS. Use https.\n'

/** To HTTP on the TLS listener. There was no handshake, so it goes out as plain text. */
export function respondInPlain(): string {
  const head = `HTTP/1.1 400 ${STATUS_CODES[400]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`
  return `${head}Content-Length: ${plainText.length}\r\n\r\n${plainText}`
}

/** The body of the answer, in ASCII. */
function problem({ reason, requestId, form }: RefusalAnswer): string {
  const more = form === undefined ? '' : `,"form":${JSON.stringify(form)}`
  return `${problemStarts.get(reason)}${JSON.stringify(requestId)}${more}}`
}

/** The problem of each reason up to its requestId: this part is the same every time. */
const problemStarts: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).map(([reason, { status, detail }]) => {
    const type = `urn:cogate:reason:${reason}`
    const members = JSON.stringify({ type, title: STATUS_CODES[status], status, detail, code: reason })
    return [reason, `${members.slice(0, -1)},"requestId":`]
  }),
)

function answerHeaders(answer: RefusalAnswer, body: string): string[] {
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    answer.requestId,
  ]
  for (const challenge of challengesOf(answer)) headers.push('WWW-Authenticate', challenge)
  if (reasons[answer.reason].status === 503) headers.push('Retry-After', retryAfterSeconds)
  if (answer.exceeded) headers.push(...rateLimitFields(answer.exceeded))
  for (const cookie of answer.cookies ?? []) headers.push('Set-Cookie', cookie)
  if (answer.lines) headers.push(...answer.lines)
  headers.push('Content-Length', String(body.length))
  return headers
}

const bearerOnly: readonly Scheme[] = ['Bearer']

/** One line for each, because some clients read only one challenge of a line. Basic asks for a password, which is for 401 alone. */
function challengesOf(answer: RefusalAnswer): readonly string[] {
  const { reason, realm = '"cogate"', schemes = bearerOnly } = answer
  const bearer = schemes.includes('Bearer') ? challengeOf(answer) : undefined
  const challenges = bearer === undefined ? [] : [bearer]
  if (reasons[reason].status === 401 && schemes.includes('Basic'))
    challenges.push(`Basic realm=${realm}, charset="UTF-8"`)
  return challenges
}

/** The value of WWW-Authenticate. No error code when the request had no credential at all (RFC 6750 section 3). */
function challengeOf({ reason, policy, realm = '"cogate"', metadataUrl }: RefusalAnswer): string | undefined {
  const facts: ReasonFacts = reasons[reason]
  const start = `Bearer realm=${realm}${metadataUrl === undefined ? '' : `, resource_metadata="${metadataUrl}"`}`
  if (facts.error === undefined) return facts.kind === 'challenge' ? start : undefined
  const demand = policy === undefined ? '' : demandOf(facts.error, policy)
  return `${start}, error="${facts.error}", error_description="${facts.detail}"${demand}`
}

/** What would be enough: scopes (RFC 6750 section 3), or level and age of the sign-in (RFC 9470 section 3). */
function demandOf(error: ReasonFacts['error'], policy: Policy): string {
  if (error === 'insufficient_scope') return `, scope="${requiredScope(policy)}"`
  if (error !== 'insufficient_user_authentication') return ''
  const { acr, maxAuthAgeMs } = policy
  const levels = acr === undefined ? '' : `, acr_values="${[...acr].join(' ')}"`
  return maxAuthAgeMs === undefined ? levels : `${levels}, max_age=${Math.floor(maxAuthAgeMs / 1000)}`
}

/**
 * What a caller who came too early is told: Retry-After, and the RateLimit fields of
 * draft-ietf-httpapi-ratelimit-headers-10. Name, value, name, value …
 */
export function rateLimitFields({ name, rate, retryAfterSeconds }: Exceeded): readonly string[] {
  return [
    'Retry-After',
    String(retryAfterSeconds),
    'RateLimit-Policy',
    `"${name}";q=${rate.requests};w=${rate.periodMs / 1000}`,
    'RateLimit',
    `"${name}";r=0;t=${retryAfterSeconds}`,
  ]
}
