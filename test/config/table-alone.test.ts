/**
 * The option table is the only table: an option that a test adds, however deep inside the items of a list, is parsed,
 * checked, explained and documented by code that does not know its name.
 */
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { renderEffective, renderHelp } from '../../src/config/render/describe.ts'
import { renderConfigurationDoc } from '../../src/config/render/docs.ts'
import { renderExample } from '../../src/config/render/example.ts'
import { renderSchema } from '../../src/config/render/schema.ts'
import type { Option } from '../../src/config/table/option.ts'
import { listOf, map, objects, string } from '../../src/config/table/option.ts'
import { compileTable } from '../../src/config/table/option-table.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import type { ConfigIssue } from '../../src/errors.ts'
import type { Sources } from './loading.ts'
import { issuesOf, load, POOL, POOL_ENV } from './loading.ts'
import { THINGS_TABLE } from './things.ts'

function things(sources: Sources): {
  readonly things: unknown
  readonly originOf: (key: string) => string | undefined
} {
  const { config, origins } = load({ table: THINGS_TABLE, ...sources })
  return { things: Reflect.get(config, 'things'), originOf: (key) => origins.get(key) }
}

/** The issues of a file that holds one user pool and these things. */
function thingIssues(yaml: string): readonly ConfigIssue[] {
  return issuesOf({ yaml: `${POOL}things: ${yaml}`, table: THINGS_TABLE })
}

const FULL = `${POOL}things:
  - name: first
    tls: { caFile: /first.pem, insecure: true, ciphers: { tls13: [x, y] } }
    timeouts: { response: 1500ms }
    rules:
      - { path: /a, limits: { burst: 2, mode: report } }
      - path: /b
  - { name: second, tls: { caFile: /second.pem } }
`
const PARSED = [
  {
    name: 'first',
    tls: { caFile: '/first.pem', insecure: true, ciphers: { tls13: ['x', 'y'] } },
    timeouts: { responseMs: 1500 },
    rules: [
      { path: '/a', limits: { burst: 2, mode: 'report' } },
      { path: '/b', limits: { mode: 'enforce' } },
    ],
  },
  { name: 'second', tls: { caFile: '/second.pem', insecure: false, ciphers: { tls13: ['a'] } }, rules: [] },
]

t.test('a key of a mapping inside a list item is parsed, with its default and its origin', async (t) => {
  const { things: parsed, originOf } = things({ yaml: FULL })
  t.strictSame(parsed, PARSED)
  t.equal(originOf('things[0].tls.insecure'), 'cogate.yaml:4:42')
  t.equal(originOf('things[0].rules[1].path'), 'cogate.yaml:8:15')
  t.equal(originOf('things[0].rules[1].limits.mode'), 'default')
  t.equal(originOf('things[1].tls.caFile'), 'cogate.yaml:9:36')
  t.equal(originOf('things[1].tls.insecure'), 'default')
})

t.test('the variable and the flag of the whole list take the same keys', async (t) => {
  const text = JSON.stringify(parse(FULL).things)
  const fromVariable = things({ env: { ...POOL_ENV, COGATE_THINGS: text } })
  t.strictSame(fromVariable.things, PARSED)
  t.equal(fromVariable.originOf('things[0].rules[0].limits.burst'), 'environment COGATE_THINGS')
  t.strictSame(things({ env: POOL_ENV, argv: ['--things', text] }).things, PARSED)
})

t.test('a list that is replaced leaves nothing of the items it had', async (t) => {
  const { things: parsed, originOf } = things({ yaml: FULL, env: { COGATE_THINGS: '[{name: a, tls: {caFile: /a}}]' } })
  t.match(parsed, [{ name: 'a', tls: { caFile: '/a', insecure: false }, rules: [] }])
  t.same([originOf('things[0].rules[0].path'), originOf('things[1].name')], [undefined, undefined])
})

t.test('an item without the optional mapping has none', async (t) => {
  t.notOk('timeouts' in (PARSED[1] ?? {}))
  t.strictSame(things({ yaml: POOL }).things, [])
})

t.test('a misspelt key inside an item is refused with the right one as the hint', async (t) => {
  const cases = [
    ['[{ name: a, tls: { caFile: /a, cafil: /b } }]', 'things[0].tls.cafil', 'caFile: /b'],
    ['[{ name: a, tls: { cafile: /a } }]', 'things[0].tls.cafile', 'caFile: /a'],
    ['[{ name: a, tlss: { caFile: /a } }]', 'things[0].tlss', 'tls: { caFile: /a }'],
    ['[{ name: a, tls: { caFile: /a, ciphers: { tls_13: x } } }]', 'things[0].tls.ciphers.tls_13', 'tls13: [x]'],
    ['[{ name: a, tls: { caFile: /a }, rule: { path: /a } }]', 'things[0].rule', 'rules: [{ path: /a }]'],
    [
      '[{ name: a, tls: { caFile: /a }, rules: [{ path: /a, limits: { brust: 2 } }] }]',
      'things[0].rules[0].limits.brust',
      'burst: 2',
    ],
  ] as const
  for (const [yaml, key, fix] of cases) {
    const issues = thingIssues(yaml)
    t.match(issues[0], { key, source: /^cogate\.yaml:2:\d+$/, found: `the unknown key ${key.split('.').at(-1)}`, fix })
  }
})

t.test('a known key outside its mapping is told where it belongs', async (t) => {
  t.match(thingIssues('[{ name: a, tls: { caFile: /a }, mode: report }]'), [
    { expected: /^things\[\]\.rules\[\]\.limits\.mode/ },
  ])
})

t.test('a value inside an item is refused at its own place, with a right one', async (t) => {
  const cases = [
    ['[{ name: a, tls: { caFile: /a, insecure: "yes" } }]', 'things[0].tls.insecure', 'insecure: true'],
    ['[{ name: a, tls: { caFile: /a }, timeouts: { response: 5 } }]', 'things[0].timeouts.response', 'response: 5s'],
    ['[{ name: a, tls: { caFile: /a }, timeouts: { response: 99d } }]', 'things[0].timeouts.response', /^response: \d/],
    ['[{ name: a, tls: { caFile: /a, ciphers: { tls13: [5] } } }]', 'things[0].tls.ciphers.tls13[0]', '- "5"'],
    [
      '[{ name: a, tls: { caFile: /a }, rules: [{ path: /a, limits: 5 }] }]',
      'things[0].rules[0].limits',
      'limits: {burst: 3}',
    ],
    ['[{ name: a, tls: { caFile: /a }, rules: { path: /a } }]', 'things[0].rules', 'rules: [{path: /a}]'],
    ['[{ name: a, tls: }]', 'things[0].tls', 'tls: {caFile: /ca.pem}'],
    ['[{ name: a, tls: { caFile: } }]', 'things[0].tls.caFile', 'caFile: /ca.pem'],
  ] as const
  for (const [yaml, key, fix] of cases) {
    t.match(thingIssues(yaml), [{ key, source: /^cogate\.yaml:2:\d+$/, fix }], yaml)
    t.equal(thingIssues(yaml).length, 1, yaml)
  }
})

t.test('a required key that is missing is reported with its whole name', async (t) => {
  const cases = [
    ['[{ tls: { caFile: /a } }]', 'things[0].name', 'name, which every item must have', 'name: one'],
    ['[{ name: a, tls: {} }]', 'things[0].tls.caFile', 'tls.caFile, which every item must have', 'caFile: /ca.pem'],
    ['[{ name: a }]', 'things[0].tls.caFile', 'tls.caFile, which every item must have', 'caFile: /ca.pem'],
    [
      '[{ name: a, tls: { caFile: /a } }, { name: b, tls: { caFile: /b }, rules: [{ path: /a }, {}] }]',
      'things[1].rules[1].path',
      'path, which every item must have',
      'path: /a',
    ],
  ] as const
  for (const [yaml, key, expected, fix] of cases) {
    t.match(thingIssues(yaml), [{ key, found: 'nothing', expected, fix }], yaml)
    t.equal(thingIssues(yaml).length, 1, yaml)
  }
})

t.test('a required key outside lists is reported when no source has it', async (t) => {
  const option: Option = { path: 'portal.name', type: string, required: true, example: 'main', doc: 'Its name.' }
  const table = compileTable([...OPTIONS, option])
  t.match(issuesOf({ yaml: POOL, table }), [{ key: 'portal.name', found: 'nothing', fix: 'name: main' }])
  t.match(issuesOf({ env: POOL_ENV, table }), [{ key: 'portal.name', fix: 'COGATE_PORTAL_NAME=main' }])
  t.same(issuesOf({ env: { ...POOL_ENV, COGATE_PORTAL_NAME: 'a' }, table }), [])
})

t.test('a mapping of free names holds a text or a list of texts for each name', async (t) => {
  const start = '{ name: a, tls: { caFile: /a }, claims:'
  const yaml = `${POOL}things: [${start} { tenant: x, "custom:a.b[0]": [y, z], __proto__: w } }]`
  const { config, origins } = load({ yaml, table: THINGS_TABLE })
  const claims = Object.fromEntries([
    ['tenant', ['x']],
    ['custom:a.b[0]', ['y', 'z']],
    ['__proto__', ['w']],
  ])
  t.strictSame(Reflect.get(config, 'things')[0].claims, claims)
  t.equal(origins.get('things[0].claims'), 'cogate.yaml:2:50')
  const again = load({ yaml: renderEffective(config, origins, THINGS_TABLE), table: THINGS_TABLE })
  t.strictSame(again.config, config)
  const cases = [
    [`[${start} { tenant: } }]`, 'things[0].claims.tenant', 'tenant: [a, b]'],
    [`[${start} { tenant: 5 } }]`, 'things[0].claims.tenant', 'tenant: ["5"]'],
    [`[${start} { tenant: [] } }]`, 'things[0].claims.tenant', 'tenant: [a, b]'],
    [`[${start} { tenant: [a, ""] } }]`, 'things[0].claims.tenant[1]', '- …'],
    [`[${start} { a.b: { c: d } } }]`, 'things[0].claims.a.b', 'a.b: [a, b]'],
    [`[${start} [tenant] }]`, 'things[0].claims', 'claims: {tenant: [a, b]}'],
    ['[{ name: a, tls: { caFile: /a }, claim: { a: b } }]', 'things[0].claim', 'claims: {a: b}'],
    ['\n  - name: a\n    tls: { caFile: /a }\n    claim:\n      a: b', 'things[0].claim', 'claims: {a: b}'],
  ] as const
  for (const [things, key, fix] of cases) {
    t.match(thingIssues(things), [{ key, fix }], things)
    t.equal(thingIssues(things).length, 1, things)
  }
})

t.test('a mapping of free names outside lists has a variable, which holds YAML or JSON', async (t) => {
  const option: Option = { path: 'labels', type: map, example: { team: 'a' }, doc: 'Labels.' }
  const table = compileTable([...OPTIONS, option])
  t.match(load({ env: { ...POOL_ENV, COGATE_LABELS: '{"a": ["b"]}' }, table }).config, { labels: { a: ['b'] } })
  t.match(issuesOf({ env: { ...POOL_ENV, COGATE_LABELS: '{"a": [b' }, table }), [
    { key: 'labels', expected: 'a mapping of texts as one YAML or JSON text', fix: "COGATE_LABELS='{…}'" },
  ])
  t.match(issuesOf({ env: { ...POOL_ENV, COGATE_LABELS: 'a' }, table }), [
    { key: 'labels', expected: 'a mapping of names to a text or a list of texts', fix: "COGATE_LABELS='{team: a}'" },
  ])
  t.match(
    renderConfigurationDoc({}, table),
    '| `labels` | mapping of texts |  | Labels. | `COGATE_LABELS`<br>`--labels` |',
  )
})

t.test('fields of an only item have variables where the table says so', async (t) => {
  const onlyItem = 'door'
  const table = compileTable([
    ...OPTIONS,
    { path: 'doors', type: objects, default: [], doc: 'Doors.' },
    { path: 'doors[].lock.keys', type: listOf(string), onlyItem, example: ['a'], doc: 'Keys.' },
    { path: 'doors[].colour', type: string, example: 'red', doc: 'Colour.' },
  ])
  const env = { ...POOL_ENV, COGATE_DOOR_LOCK_KEYS: 'a,b' }
  t.match(load({ env, table }).config, { doors: [{ lock: { keys: ['a', 'b'] } }] })
  const yaml = `${POOL}doors: [{ colour: green }]`
  t.match(load({ yaml, env: { COGATE_DOOR_LOCK_KEYS: 'a' }, table }).config, {
    doors: [{ colour: 'green', lock: { keys: ['a'] } }],
  })
  t.match(issuesOf({ yaml: `${POOL}doors: [{}, {}]`, env: { COGATE_DOOR_LOCK_KEYS: 'a' }, table }), [
    {
      key: 'doors[0].lock.keys',
      source: 'environment COGATE_DOOR_LOCK_KEYS',
      expected: /^only one item in doors; it has 2/,
    },
  ])
  t.match(issuesOf({ env: { ...POOL_ENV, COGATE_DOOR_COLOUR: 'red' }, table }), [{ key: 'COGATE_DOOR_COLOUR' }])
})

t.test('the page, the help and the schema know every key of the table', async (t) => {
  const page = renderConfigurationDoc({}, THINGS_TABLE)
  for (const { path, doc } of THINGS_TABLE.options) t.ok(page.includes(`\`${path}\``) && page.includes(doc), path)
  t.match(page, '| `things[].tls.caFile` | file | **required** | Authorities of the thing. | with the whole list |')
  t.match(renderHelp(THINGS_TABLE), '  --things <list of mappings>\n      Things that only tests have.\n')
  const { properties } = renderSchema(THINGS_TABLE) as { properties: Readonly<Record<string, unknown>> }
  t.match(properties['things'], {
    type: 'array',
    items: {
      required: ['name', 'tls'],
      additionalProperties: false,
      properties: {
        tls: { required: ['caFile'], additionalProperties: false, properties: { insecure: { default: false } } },
        rules: {
          items: {
            required: ['path'],
            properties: { limits: { properties: { mode: { enum: ['enforce', 'report'] } } } },
          },
        },
      },
    },
  })
})

t.test('the schema takes what the loader takes and refuses what it refuses', async (t) => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(renderSchema(THINGS_TABLE))
  const cases = [
    ['[{ name: a, tls: { caFile: /a } }]', true],
    ['[{ name: a, tls: { caFile: /a }, rules: [{ path: /a, limits: { burst: 9 } }] }]', true],
    ['[{ name: a }]', false],
    ['[{ name: a, tls: { caFile: /a, cafile: /a } }]', false],
    ['[{ name: a, tls: { caFile: /a }, rules: [{}] }]', false],
    ['[{ name: a, tls: { caFile: /a }, rules: [{ path: /a, limits: { burst: 10 } }] }]', false],
  ] as const
  for (const [yaml, isSound] of cases) {
    t.equal(validate(parse(`${POOL}things: ${yaml}`)), isSound, yaml)
    t.equal(thingIssues(yaml).length === 0, isSound, yaml)
  }
})

t.test('the example shows nested keys, and loads as it is', async (t) => {
  const yaml = renderExample(THINGS_TABLE)
  t.match(yaml, '    tls:\n      # Authorities of the thing.\n      caFile: /ca.pem\n')
  const { things: parsed } = things({ yaml })
  t.match(parsed, [{ name: 'one', tls: { caFile: '/ca.pem' }, rules: [{ path: '/a', limits: { mode: 'enforce' } }] }])
})

t.test('the effective configuration shows nested keys with their origins, and loads to the same', async (t) => {
  const { config, origins } = load({ yaml: FULL, table: THINGS_TABLE })
  const text = renderEffective(config, origins, THINGS_TABLE)
  const lines = [
    '      insecure: true # from cogate.yaml:4:42',
    '      - path: /b # from cogate.yaml:8:15',
    '          mode: enforce # from default',
    '        tls13: [a] # from default',
    '    rules: [] # from default',
  ]
  for (const line of lines) t.ok(text.split('\n').includes(line), line)
  t.strictSame(load({ yaml: text, table: THINGS_TABLE }).config, config)
})

t.test('a secret inside an item is never shown, nor a value that holds one', async (t) => {
  const start = `${POOL}things:`
  const files = [
    `${start} [{ name: a, tls: { caFile: /a }, apiKey: [hunter2] }]`,
    `${start} [{ name: a, tls: { caFile: /a }, apikey: hunter2 }]`,
    `${start} [{ name: a, tls: { caFile: /a }, apikey: [hunter2] }]`,
    `${start} { name: a, apiKey: hunter2 }`,
    `${start} [[{ apiKey: hunter2 }]]`,
    `${POOL}thing: [{ apiKey: hunter2 }]`,
    `${POOL}thing: { apiKey: hunter2 }`,
  ]
  for (const yaml of files) {
    const issues = issuesOf({ yaml, table: THINGS_TABLE })
    t.ok(issues.length > 0, yaml)
    t.notMatch(JSON.stringify(issues), /hunter2/, yaml)
  }
  const secret = `${start} [{ name: a, tls: { caFile: /a }, apiKey: hunter2 }]`
  const { config, origins } = load({ yaml: secret, table: THINGS_TABLE })
  t.match(config, { things: [{ apiKey: 'hunter2' }] })
  const text = renderEffective(config, origins, THINGS_TABLE)
  t.match(text, 'apiKey: (redacted) # from cogate.yaml:2:')
  t.notMatch(text, /hunter2/)
})
