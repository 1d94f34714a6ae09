/**
 * CORS of answers that are cogate's own: pages of the configured origins may read refusals, and get their preflights
 * answered. Answers of the service are never touched: what pages may read of them is for the service to say.
 */
import type { Config } from '../config/config.ts'
import type { HeadFields } from './head-fields.ts'
import { valuesOf } from './lines.ts'

export interface Cors {
  readonly answersPreflight: boolean
  /** As browsers write them in `Origin`. */
  readonly origins: ReadonlySet<string>
}

/** Undefined when no origin is configured: nothing of this is done then. */
export function compileCors({ preflight, allowOrigins }: Config['cors']): Cors | undefined {
  if (allowOrigins.length === 0) return undefined
  return { answersPreflight: preflight === 'answer', origins: new Set(allowOrigins) }
}

/** Several Origin lines are joined with a comma, and such a text is no origin. */
export function allowsOrigin({ origins }: Cors, origin: string | undefined): origin is string {
  return origin !== undefined && origins.has(origin)
}

/** What a page needs to understand a refusal. */
const exposed = 'WWW-Authenticate, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy'

/** Name, value, name, value … for a refusal. `Vary` for every caller: a cache must not give one origin's answer to another. */
export function refusalLines(cors: Cors, origin: string | undefined): readonly string[] {
  const vary = ['Vary', 'Origin']
  return allowsOrigin(cors, origin) ? [...vary, ...permit(origin), 'Access-Control-Expose-Headers', exposed] : vary
}

/** Seconds for which a browser may keep the answer to a preflight: what Chromium takes at most is 2 hours. */
const maxAge = '600'
const askedBy = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

/** The answer to a preflight of an allowed origin: yes to what it asks for. What the request itself may do is decided then. */
export function preflightLines({ lines, origin = '', requestedMethod = '' }: HeadFields): readonly string[] {
  const headers = valuesOf(lines, 'access-control-request-headers').join(', ')
  const answer = ['Vary', askedBy, ...permit(origin), 'Access-Control-Max-Age', maxAge]
  if (token.test(requestedMethod)) answer.push('Access-Control-Allow-Methods', requestedMethod)
  if (tokens.test(headers)) answer.push('Access-Control-Allow-Headers', headers)
  return answer
}

/** RFC 9110 section 5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/
const tokens = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/

function permit(origin: string): readonly string[] {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true']
}
