/**
 * Random configurations as data, made from a list of options: without mistakes, with a few, or of any kind. Reads the
 * nesting from the keys and not from the tree in src, so that the tests find a mistake in that tree.
 */
import fc from 'fast-check'
import { parseKey } from '../../src/config/table/key.ts'
import type { Option, OptionType } from '../../src/config/table/option.ts'
import { listOf, string } from '../../src/config/table/option.ts'
import { THINGS_TABLE } from './things.ts'

const none = { weight: 1, arbitrary: fc.constant('none') }

function written(units: readonly string[], orNone: boolean): fc.Arbitrary<unknown> {
  const number = fc.oneof(
    fc.nat(),
    fc.nat(99).map((cents) => `3.${cents}`),
  )
  const text = fc.tuple(number, fc.constantFrom(...units)).map((parts) => parts.join(''))
  return orNone ? fc.oneof({ weight: 1, arbitrary: text }, none) : text
}

/** Values that are spelled as their type is. */
function spelledRight(type: OptionType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'duration':
      return written(['ms', 's', 'm', 'h', 'd'], type.none)
    case 'size':
      return written(['B', 'KiB', 'MiB', 'GiB'], type.none)
    case 'count': {
      const count = fc.integer({ min: type.min, max: type.max })
      return type.word === undefined ? count : fc.oneof(count, fc.constant(type.word))
    }
    case 'rate':
      return fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('s', 'm', 'h')).map((r) => r.join('/'))
    case 'share':
      return fc.constantFrom(0, 0.001, 0.1, 0.5, 1)
    case 'boolean':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...type.values)
    case 'list':
      return fc.array(spelledRight(type.of), { minLength: type.min, maxLength: 3 })
    case 'texts':
      return fc.oneof(spelledRight(string), spelledRight(listOf(string, 1)))
    case 'scalars':
      return fc.oneof(
        spelledRight({ kind: 'texts' }),
        fc.boolean(),
        fc.array(fc.integer(), { minLength: 1, maxLength: 2 }),
      )
    case 'map':
      return fc.dictionary(
        fc.oneof(fc.constantFrom('a.b', 'c[0]', 'd/e', '__proto__', ''), fc.string()),
        spelledRight(type.of),
      )
    default:
      return fc.constantFrom('a', 'a b', 'http://a', '10.0.0.0/8', '/a/*', '😀', 'é')
  }
}

/** Values of other types, and values that are spelled nearly right. */
export const ODD_VALUES: readonly unknown[] = [
  ...[
    '',
    ' a',
    'a ',
    'a\n',
    'a\nb',
    'a\u0000b',
    '\u00a0a',
    '\ud800',
    '5',
    '5 s',
    '5S',
    '.5s',
    '5.s',
    '5s\n',
    '-5s',
    '5s',
  ],
  ...['5KB', '5kib', '5B', '1e3s', 'None', 'none', 'auto', 'none ', '0/s', '5/d', '05/s', '1000000/s', '5/s', 'true'],
  ...[
    'deny',
    'drop',
    'tunnel',
    'user',
    'enforce',
    'required',
    'csv',
    'percent',
    'login',
    'ja',
    'redis',
    'tokens',
    'choice',
    'EdDSA',
    'cookie',
    'password',
  ],
  ...['access', 'info', 'Info', '٣s', '__proto__', 0, -0, 1, 0.5, 64, 65, 65_535, 65_536, 1e9, 1e9 + 1, 2 ** 53, 1e21],
  ...[true, false, null, [], {}, [[]], [null], [{}]],
]
const oddValue = fc.constantFrom(...ODD_VALUES)
const number = fc.oneof(fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true }))
const leaf = fc.oneof({ weight: 2, arbitrary: oddValue }, number, fc.string({ unit: 'binary', maxLength: 9 }))
const name = fc.constantFrom(
  ...new Set(THINGS_TABLE.options.flatMap(({ path }) => path.split(/[.[\]]+/)).filter(Boolean)),
)
const stranger = fc.oneof(name, fc.constantFrom('__proto__', 'constructor', 'a/b~c', '0', ''), fc.string())

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(stranger, tie('tree'), { maxKeys: 5 }),
  ),
}))

/** Takes `other` in the place of `usual` with this probability. */
function mix<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, probability: number): fc.Arbitrary<T> {
  const weight = Math.round(probability * 1e6)
  return fc.oneof({ weight: 1e6 - weight, arbitrary: usual }, { weight, arbitrary: other })
}

/** Replaces the value by any value, with this probability. */
function bend(sound: fc.Arbitrary<unknown>, strange: number): fc.Arbitrary<unknown> {
  return mix(sound, tree, strange)
}

interface Source {
  readonly options: readonly Option[]
  /** The probability that a value is replaced by any value. */
  readonly strange: number
  /** The probability that a mapping has keys that nobody knows. */
  readonly stray: number
}

/** The mapping below `prefix`: '', `upstream.`, `routes[].`. */
function mapping(prefix: string, source: Source): fc.Arbitrary<unknown> {
  const { options, strange, stray } = source
  const rests = options.filter(({ path }) => path.startsWith(prefix)).map(({ path }) => path.slice(prefix.length))
  const keys = [...new Set(rests.map((rest) => rest.replace(/[.[].*/, '')))]
  const known = fc.record(
    Object.fromEntries(keys.map((key) => [key, bend(child(`${prefix}${key}`, source), strange)])),
    { requiredKeys: keys.filter((key) => options.find(({ path }) => path === prefix + key)?.required) },
  )
  if (stray === 0) return known
  const unknown = mix<object>(fc.constant({}), fc.dictionary(stranger, tree, { maxKeys: 2 }), stray)
  return fc.tuple(unknown, known).map(([one, other]) => ({ ...one, ...other }))
}

function child(path: string, source: Source): fc.Arbitrary<unknown> {
  const option = source.options.find((candidate) => candidate.path === path)
  const value = option ? optionValue(path, option.type, source) : mapping(`${path}.`, source)
  const either = path === 'upstream' ? fc.oneof(value, spelledRight({ kind: 'upstream' })) : value
  return either
}

function optionValue(path: string, type: OptionType, source: Source): fc.Arbitrary<unknown> {
  if (type.kind === 'objects') return fc.array(mapping(`${path}[].`, source), { maxLength: 2 })
  if (type.kind === 'map')
    return fc.dictionary(fc.string(), bend(spelledRight(type.of), source.strange), { maxKeys: 3 })
  if (type.kind !== 'list') return spelledRight(type)
  return fc.oneof(
    spelledRight(type),
    fc.array(bend(spelledRight(type.of), source.strange), { minLength: type.min, maxLength: 3 }),
  )
}

/** The document that holds `value` at the option's key and nothing else. */
export function documentWith(path: string, value: unknown): unknown {
  const segments = parseKey(path.replaceAll('[]', '[0]'))
  return segments.reduceRight<unknown>((inside, key) => (key === 0 ? [inside] : { [key]: inside }), value)
}

export function soundDocument(options: readonly Option[]): fc.Arbitrary<unknown> {
  return mapping('', { options, strange: 0, stray: 0 })
}

/** A few mistakes in a document, however many keys the table has. */
export function strangeDocument(options: readonly Option[]): fc.Arbitrary<unknown> {
  const mappings = new Set(options.map(({ path }) => path.replace(/[^.]+$/, '')))
  return mapping('', { options, strange: 1 / options.length, stray: 1 / mappings.size })
}

export function anyDocument(options: readonly Option[]): fc.Arbitrary<unknown> {
  return fc.oneof(tree, mapping('', { options, strange: 0.3, stray: 0.1 }), fc.jsonValue())
}
