/**
 * What the login room answers, as a value. The gate writes it.
 */

import type { RequestHead } from '../decide/request-head.ts'
import { readField } from '../headers/head-fields.ts'
import type { Reason } from '../reasons.ts'
import type { AnsweredRequest, Page } from './pages/pages.ts'

/** A request to one of the endpoints, or one that has no session. */
export interface LoginRequest {
  readonly head: RequestHead
  /** Of the request target. */
  readonly query: URLSearchParams
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly requestId: string
}

export interface LoginAnswer {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  /** In UTF-8. */
  readonly body: string
  /** Why it is no success; the answer of a program is a problem document, which the gate writes in the place of the body. */
  readonly reason?: Reason
  readonly isProblem?: true
}

/** Not stored by anybody, and the next site does not learn where the browser came from. */
const privately = [
  'Cache-Control',
  'no-store',
  'Referrer-Policy',
  'no-referrer',
  'Vary',
  'Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest',
]

export function redirect(status: 302 | 303, location: string, cookies: readonly string[] = []): LoginAnswer {
  return { status, headers: ['Location', location, ...privately, ...cookieLines(cookies)], body: '' }
}

/** What a page says of the request that it answers, and in which language. */
export function answered({ head, requestId }: LoginRequest): AnsweredRequest {
  return { acceptLanguage: readField(head.fields, 'accept-language'), requestId }
}

export function showPage(
  status: number,
  page: Page,
  more: { readonly reason?: Reason; readonly cookies?: readonly string[] } = {},
): LoginAnswer {
  const { reason, cookies = [] } = more
  const headers = [...page.headers, ...cookieLines(cookies)]
  return { status, headers, body: page.body, ...(reason && { reason }) }
}

/** A refusal for a program. */
export function problem(reason: Reason, status: number, headers: readonly string[] = []): LoginAnswer {
  return { status, headers, body: '', reason, isProblem: true }
}

export function cookieLines(cookies: readonly string[] = []): readonly string[] {
  return cookies.flatMap((cookie) => ['Set-Cookie', cookie])
}
