/**
 * What kind of request has no session: only a page that a person opens may be answered with a redirect. Looks at Fetch
 * Metadata first, and at Accept where a client sends none.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import { opensWebSocket, readField } from '../headers/head-fields.ts'

export type RequestKind =
  /** A person opens it: redirect to the sign-in. */
  | 'page'
  /** A person sends a form: a redirect would lose what was typed. */
  | 'form'
  /** Shown inside another page, where Cognito shows nothing. */
  | 'frame'
  /** Fetched before anybody wants it. */
  | 'prefetch'
  | 'websocket'
  /** A script, an image, a program. */
  | 'other'

const frames: ReadonlySet<string> = new Set(['iframe', 'frame', 'object', 'embed', 'fencedframe'])

export interface KindFacts {
  readonly method: string
  readonly fields: HeadFields
}

export function requestKind({ method, fields }: KindFacts): RequestKind {
  if (opensWebSocket(fields)) return 'websocket'
  if (isPrefetch(fields)) return 'prefetch'
  const mode = readField(fields, 'sec-fetch-mode')
  const target = readField(fields, 'sec-fetch-dest')
  if (mode === undefined && target === undefined) return wantsPage(method, fields) ? pageOrForm(method) : 'other'
  if (mode !== 'navigate' && mode !== 'nested-navigate') return 'other'
  if (target !== undefined && frames.has(target)) return 'frame'
  return target === 'document' || target === undefined ? pageOrForm(method) : 'other'
}

/** The first is the standard; the others are of scripts that may not set it (Turbo), and of older browsers. */
const purposeNames = ['sec-purpose', 'x-sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const

/** https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose */
export function isPrefetch(fields: HeadFields): boolean {
  const purposes = purposeNames.map((name) => readField(fields, name) ?? '')
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose))
}

/** What libraries add to the requests of scripts for parts of pages: htmx, Turbo, Unpoly, pjax. */
const scriptNames = [
  'x-requested-with',
  'hx-request',
  'turbo-frame',
  'x-turbo-request-id',
  'x-up-version',
  'x-pjax',
] as const

function wantsPage(method: string, fields: HeadFields): boolean {
  if (scriptNames.some((name) => readField(fields, name) !== undefined)) return false
  // A page that a person opens has no origin; a form that a person sends has one.
  if (fields.origin !== undefined && pageOrForm(method) === 'page') return false
  return /(?:^|[\s,])(?:text\/html|application\/xhtml\+xml)(?:[\s,;]|$)/i.test(readField(fields, 'accept') ?? '')
}

function pageOrForm(method: string): RequestKind {
  return method === 'GET' || method === 'HEAD' ? 'page' : 'form'
}
