/** What real applications send must pass where one rule, or rules with one demand, cover whatever a server may take it for. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { labelFor, rule } from '../helpers/rules.ts'

const admin = { groups: ['admin'] }
const open = { auth: 'none' as const }
const lines = readFileSync(new URL('../cases/real-targets.txt', import.meta.url), 'utf8').split('\n')
const targets = lines.filter((line) => line.startsWith('/'))

function refusedBy(rules: readonly RouteConfig[]): readonly string[] {
  const match = compileMatcher(rules)
  return targets.filter((url) => labelFor(match, { url }) === 'refused')
}

const tables: Readonly<Record<string, readonly RouteConfig[]>> = {
  'a token for everything but a public folder': [rule('/*'), rule('/health', open), rule('/public/*', open)],
  'an open site with an admin folder': [rule('/*', open), rule('/admin/*', admin)],
  'a site with an API, static files and a page of sign-in': [
    ...[rule('/*'), rule('/api/*', { scopes: ['api/read'] }), rule('/admin/*', admin)],
    ...[rule('/static/*', open), rule('/login', open), rule('/', open)],
  ],
  'an open wiki with pages to edit': [
    ...[rule('/*'), rule('/wiki/*', open), rule('/wiki/:page/edit', admin), rule('/wiki/Special:Admin', admin)],
  ],
  'folders with demands of their own': [
    ...[rule('/*', admin), rule('/dav/*'), rule('/bucket/*', { scopes: ['s3/read'] }), rule('/odata/*', open)],
  ],
  'an admin folder in every tenant': [rule('/:tenant/*'), rule('/:tenant/admin/*', admin)],
}

t.test(`${targets.length} targets of real applications pass under usual rules`, async (t) => {
  t.ok(targets.length > 300)
  for (const [name, rules] of Object.entries(tables)) t.same(refusedBy(rules), [], name)
})

t.test(
  'a target is refused where a rule for one segment and a rule for what is below it demand different things',
  async (t) => {
    t.same(refusedBy([rule('/:tenant/*'), rule('/:tenant', admin)]), [
      ...[
        '/wiki/%C2%A5',
        '/wiki/%EF%BC%83%E3%82%BF%E3%82%B0',
        '/wiki/%E2%80%A6',
        '/@scope%2fname',
        '/@scope%2Fname',
        '/bucket/...',
      ],
      ...['/cars;color=red;year=2024/wheels;size=17', '/a;v=1.2/b'],
    ])
    t.same(refusedBy([rule('/*'), rule('/api/v4/projects/:id', admin)]), ['/api/v4/projects/group%2Fproject'])
  },
)
