/** Route rules as the configuration holds them, and what a matcher says of a URL. */
import type { Test } from 'tap'
import type { PathForm, RouteConfig } from '../../src/config/config.ts'
import { compileEndpoints } from '../../src/decide/endpoints.ts'
import { compileMatcher, type Matcher } from '../../src/decide/match.ts'
import { readPath } from '../../src/decide/path.ts'
import { type Ambiguity, resolveRoute } from '../../src/decide/resolve.ts'
import type { Route } from '../../src/decide/route.ts'

/** Demands a token unless told otherwise. */
export function rule(path: string, changes: Partial<RouteConfig> = {}): RouteConfig {
  return { path, auth: 'required', mode: 'enforce', paths: { allow: [] }, ...changes }
}

export interface Asked {
  readonly url: string
  readonly method?: string
  readonly host?: string
}

const endpoints = compileEndpoints('/_cogate')

/** What the walk finds for a URL: a route, why the path is refused, or undefined where no rule covers method and host. */
export function findFor(
  match: Matcher,
  { url, method = 'GET', host = 'example.com' }: Asked,
  allowed: readonly PathForm[] = [],
): Route | Ambiguity | string | undefined {
  const allowedPaths = new Set(allowed)
  const path = readPath(url, allowedPaths)
  if (typeof path === 'string') return path
  if (path.isPlain && match.isPlainSafe) return match(method, host, path)
  return resolveRoute({ match, endpoints, allowedPaths }, { method, host, path })
}

/** The label of the rule that applies; `refused` for an ambiguous path, `none` where no rule covers method and host. */
export function labelFor(match: Matcher, asked: Asked, allowed: readonly PathForm[] = []): string {
  const found = findFor(match, asked, allowed)
  if (typeof found === 'string' || (found && 'form' in found)) return 'refused'
  return found?.label ?? 'none'
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
