/**
 * The request targets whose readings cost most, of 12,000 that we tried: spellings in which every habit of a server meets the
 * others. Past 64 readings, or 20 KiB of work with them, a target is refused, so a longer one costs no more.
 */
import type { RouteConfig } from '../../src/config/config.ts'
import { compileEndpoints } from '../../src/decide/endpoints.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { readPath } from '../../src/decide/path.ts'
import { readingsOf } from '../../src/decide/readings/readings.ts'
import { resolveRoute } from '../../src/decide/resolve.ts'
import type { MicroCase } from './measure.ts'

const targets = [
  ['%25%20%2525', 8190],
  ['%0a%25a%C4%B0', 3990],
  ['%C4%B0%c0%ae%2525', 1990],
  ['%00%EF%BC%8FA', 1990],
  ['%252e%2f%2f./', 980],
  ['::$DATA%25u0061%2f./%20', 300],
  ['%CC%81%CC%96', 8190],
  ['%C4%B0', 8190],
  ['%EF%BD%81', 7168],
  ['.%20', 8190],
] as const

const any = { auth: 'required', mode: 'enforce', paths: { allow: [] } } as const satisfies Partial<RouteConfig>
const rules = {
  match: compileMatcher([
    { ...any, path: '/*', auth: 'none' },
    { ...any, path: '/admin/*', groups: ['admin'] },
  ]),
  endpoints: compileEndpoints('/_cogate'),
  allowedPaths: new Set<never>(),
}

function resolve(url: string): unknown {
  const path = readPath(url)
  return typeof path === 'string' ? path : resolveRoute(rules, { method: 'GET', host: 'api.example.com', path })
}

export const nastyTargetCases: readonly MicroCase[] = targets.map(([unit, characters]) => {
  const url = `/${unit.repeat(characters / unit.length)}`
  const count = readingsOf(url, new Set())?.length ?? 'too many'
  return { name: `route of \`${url.slice(0, 24)}…\`, ${url.length} B, readings: ${count}`, call: () => resolve(url) }
})
