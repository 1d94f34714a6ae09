/** Route rules as the configuration holds them, and what a matcher says of a URL. */
import type { Test } from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { compileMatcher, type Matcher } from '../../src/decide/match.ts'
import { canonicalisePath } from '../../src/decide/path.ts'

/** Demands a token unless told otherwise. */
export function rule(path: string, changes: Partial<RouteConfig> = {}): RouteConfig {
  return { path, auth: 'required', mode: 'enforce', ...changes }
}

export interface Asked {
  readonly url: string
  readonly method?: string
  readonly host?: string
}

/** The label of the rule that applies; `refused` for an ambiguous path, `none` where no rule covers method and host. */
export function labelFor(match: Matcher, { url, method = 'GET', host = 'example.com' }: Asked): string {
  const path = canonicalisePath(url)
  if (path === undefined) return 'refused'
  return match(method, host, path)?.label ?? 'none'
}

export type LabelRow = readonly [asked: string | Asked, label: string]

/** Each row holds in the order given and in the reverse one. */
export function checkLabels(t: Test, configs: readonly RouteConfig[], rows: readonly LabelRow[]): void {
  for (const order of [configs, configs.toReversed()]) {
    const match = compileMatcher(order)
    for (const [asked, label] of rows) {
      const request = typeof asked === 'string' ? { url: asked } : asked
      t.equal(labelFor(match, request), label, `${JSON.stringify(request)} of ${order.map(({ path }) => path)}`)
    }
  }
}
