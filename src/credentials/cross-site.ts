/**
 * Whether a request that a browser sends with its cookies was wanted by our own pages. Another site may make a browser send
 * one (CSRF), and what a browser sends by itself does not show it.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import { opensWebSocket, readField } from '../headers/head-fields.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface SiteRules {
  /** Origins whose pages may send unsafe requests: the public one first. */
  readonly origins: readonly string[]
  /** No public origin is known: a page is our own if its host is that of the request. Default: false. */
  readonly believesHost?: boolean
}

/**
 * Unsafe methods, those in an override header too, and WebSockets: from our own pages only. A request with neither Sec-Fetch-Site nor Origin
 * comes from no browser of this decade, and no page can make one.
 */
export function isCrossSite(method: string, fields: HeadFields, { origins, believesHost }: SiteRules): boolean {
  const { methodOverride, origin, host } = fields
  const isSafe = safeMethods.has(method) && (methodOverride === undefined || isSafeOverride(methodOverride))
  if (isSafe && !opensWebSocket(fields)) return false
  if (origin !== undefined && origins.includes(origin)) return false
  const site = readField(fields, 'sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  return !(believesHost && /^https?:\/\//.test(origin) && hostOf(origin) === host?.toLowerCase())
}

/** With its port, as `Host` has it. */
function hostOf(origin: string): string {
  return origin.slice(origin.indexOf('://') + '://'.length)
}

function isSafeOverride(names: string): boolean {
  return names.split(',').every((name) => safeMethods.has(name.trim().toUpperCase()))
}
