/** Configuration texts: documents of the right shape with wrong values, bent files, and what makes YAML readers explode. */
import fc from 'fast-check'
import { renderExample } from '../../../src/config/render/example.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { applyEdit } from './json-texts.ts'

export const keyNames = [...new Set(OPTIONS.flatMap(({ path }) => path.split(/[.[\]]+/)))].filter((name) => name !== '')
export const words = [
  ...[
    '5s',
    '1.5h',
    '0s',
    '8KiB',
    '999999999999GiB',
    'none',
    'true',
    '*',
    '/a/*',
    '/:a',
    '/a//b',
    '/%61',
    '/a?b',
    ':80',
    '[::1]:0',
  ],
  ...[
    'http://a',
    'https://a:99999',
    'unix:/a',
    'eu-west-1_a',
    'access',
    '10.0.0.0/8',
    '::/129',
    '__proto__',
    'constructor',
    '\0',
  ],
]

const leaf = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
)
const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keyNames) }, { weight: 1, arbitrary: fc.string() })
/** Mappings whose keys are mostly the table's own. */
export const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 8 }),
  ),
}))
/** Shaped like a configuration, with values of any kind in it. */
export const shaped = fc.dictionary(fc.constantFrom(...keyNames), fc.oneof(tree, fc.array(tree, { maxLength: 2 })), {
  maxKeys: 6,
})
const structured = shaped.map((document) => JSON.stringify(document))

const routePath = fc.string({
  unit: fc.constantFrom('/', 'a', 'A', ':b', '*', '%61', '%2f', '.', '(', ')', '::', '-', ' ', 'é'),
  maxLength: 6,
})
/** Rules that may load, so that what loads is compiled. */
const rules = fc
  .array(
    fc.record({ path: routePath.map((path) => `/${path}`), auth: fc.constantFrom('none', 'required', 'optional') }),
    {
      maxLength: 4,
    },
  )
  .map((routes) =>
    JSON.stringify({ upstream: 'http://a', userPools: [{ id: 'eu-west-1_AbCdEfGhI', clientIds: ['c'] }], routes }),
  )

const example = renderExample()
const edit = fc.record({
  at: fc.nat(example.length),
  cut: fc.nat(20),
  put: fc.oneof(
    fc.constantFrom(
      '',
      '\n',
      '  ',
      '\t',
      '- ',
      ': ',
      '#',
      '&a ',
      '*a',
      '<<: *a',
      '!!binary ',
      '!!js/function ',
      '? ',
      '{',
      '[',
      '"',
      '|\n',
      '---\n',
      '%YAML 9.9\n',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
})
const bent = fc.array(edit, { maxLength: 6 }).map((edits) => edits.reduce(applyEdit, example))

const bombUnits = [
  ...[
    '[',
    '{',
    '{a: ',
    '- ',
    '? ',
    '[[],',
    '&a [*a, ',
    '"',
    '\\',
    '#\n',
    '\n',
    ' ',
    '\t',
    '---\n',
    '!!a ',
    '| ',
    '>-\n',
  ],
  ...['a: ', '*a ', '&a ', '- - ', '? - ', ': ', ',', '\u2028', '%TAG ! a\n', '<<: ', 'a:\n ', "'"],
]
const repeated = fc
  .tuple(
    fc.constantFrom(...bombUnits),
    fc.nat(4000),
    fc.constantFrom('', 'listen: ', 'routes: ', '- '),
    fc.constantFrom('', ']', '}', 'a'),
  )
  .map(([unit, times, before, after]) => before + unit.repeat(times) + after)
const laughs = fc.tuple(fc.nat(12), fc.nat(12)).map(([levels, width]) =>
  Array.from({ length: levels }, (_, level) => {
    const inside = level === 0 ? '"lol"' : Array.from({ length: width }, () => `*a${level - 1}`).join(', ')
    return `a${level}: &a${level} [${inside}]\n`
  }).join(''),
)

export const documents: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: structured },
  { weight: 3, arbitrary: bent },
  { weight: 2, arbitrary: rules },
  { weight: 1, arbitrary: repeated },
  { weight: 1, arbitrary: laughs },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
