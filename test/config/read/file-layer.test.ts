import t from 'tap'
import { issuesOf, load, POOL, POOL_ENV } from '../loading.ts'

t.test('a file that cannot be read is one mistake, not one for every key in it', async (t) => {
  t.match(issuesOf({ argv: ['--config', 'nowhere.yaml'] }), [
    {
      key: 'config',
      source: 'flag --config',
      found: 'nowhere.yaml, which does not exist',
      fix: '--config /etc/cogate/cogate.yaml',
    },
  ])
  t.match(issuesOf({ env: { COGATE_CONFIG: 'nowhere.yaml' } }), [{ source: 'environment COGATE_CONFIG' }])
})

t.test('a file above 1 MiB is refused', async (t) => {
  const yaml = `${POOL}# ${'x'.repeat(1024 ** 2)}`
  t.match(issuesOf({ yaml }), [{ key: 'config', found: 'cogate.yaml', expected: 'a file of at most 1MiB' }])
})

t.test('an empty file is a configuration without keys', async (t) => {
  for (const yaml of ['', '# nothing', '---\n', '{}']) t.ok(load({ yaml, env: POOL_ENV }).config, JSON.stringify(yaml))
})

t.test('a file that is no mapping is refused', async (t) => {
  for (const yaml of ['[]', '5', 'text', '- a', 'true']) {
    t.match(issuesOf({ yaml }), [{ key: 'config', source: 'cogate.yaml:1:1', expected: 'a mapping of keys' }], yaml)
  }
  const [issue] = issuesOf({ yaml: 'text' })
  t.same(issuesOf({ yaml: issue?.fix ?? '' }), [], 'what the message says to write loads')
})

t.test('syntax errors are reported with their line and column', async (t) => {
  t.match(issuesOf({ yaml: 'listen: ":80"\nlog: {level: info' }), [{ key: 'config', source: /^cogate\.yaml:\d+:\d+$/ }])
  t.match(issuesOf({ yaml: 'a: b: c' }), [{ source: 'cogate.yaml:1:4' }])
})

t.test('a key given twice is refused, the rest is still checked', async (t) => {
  const issues = issuesOf({ yaml: `${POOL}listen: ":80"\nlisten: ":81"\nlog: { level: loud }` })
  t.match(issues, [
    { key: 'config', source: 'cogate.yaml:3:1', found: 'Map keys must be unique' },
    { key: 'log.level', source: 'cogate.yaml:4:15' },
  ])
})

t.test('anchors work, anchor bombs, unknown tags and broken aliases are refused', async (t) => {
  const yaml = `${POOL}routes:\n  - { path: /a, groups: &g [admin] }\n  - { path: /b, groups: *g }\n`
  t.same(load({ yaml }).config.routes[1]?.groups, ['admin'])
  t.match(issuesOf({ yaml: `${POOL}routes:\n  - { path: /a, groups: &g [""] }\n  - { path: /b, groups: *g }\n` }), [
    { key: 'routes[0].groups[0]' },
    { key: 'routes[1].groups[0]' },
  ])
  const levels = Array.from({ length: 12 }, (_, i) => `k${i}: &k${i} [${i === 0 ? 'x' : `*k${i - 1}, `.repeat(9)}]`)
  t.match(issuesOf({ yaml: levels.join('\n') }), [{ key: 'config', found: /alias/ }])
  t.match(issuesOf({ yaml: `${POOL}listen: *nowhere` }), [{ key: 'config', found: /alias/ }])
  t.match(issuesOf({ yaml: `${POOL}listen: !!js/function x` }), [{ key: 'config', found: /tag/ }])
})

t.test('mappings that hold themselves and text that nests without end are refused', async (t) => {
  t.match(issuesOf({ yaml: `${POOL}upstream: &u { tls: *u }` }), [{ key: 'upstream.tls.tls' }])
  t.ok(issuesOf({ yaml: '['.repeat(50_000) }).length <= 6)
  t.ok(issuesOf({ yaml: '- '.repeat(50_000) }).length <= 6)
  t.match(issuesOf({ yaml: `listen${': '.repeat(5000)}]` }), [{ key: 'config', found: 'Nested too deeply' }])
})

t.test('advice on the syntax names what is usually wrong', async (t) => {
  const cases = [
    ['routes:\n- path: /a\n   groups: [x]\n', /^# indent the lines alike/],
    ['routes:\n  - path:/admin\n    groups: [x]\n', /write "key: value" with a blank$/],
    ['listen: ":80"\nlisten: ":81"\n', /^# the key is there twice: make one of the two$/],
  ] as const
  for (const [yaml, fix] of cases) t.match(issuesOf({ yaml: POOL + yaml })[0], { key: 'config', fix }, yaml)
})
