/**
 * The option table as a JSON Schema (draft-07): the one the loader enforces is the one editors get.
 */
import type { Option, OptionType } from '../table/option.ts'
import { keyInItem } from '../table/option.ts'
import { fieldsOf, TOP_OPTIONS } from '../table/options.ts'
import { DURATION, RATE, SIZE } from '../table/units.ts'
import { TEXT } from '../table/values.ts'

export type Schema = Readonly<Record<string, unknown>>

/** A key without a value (`groups:`) is refused: null is allowed nowhere. */
export function renderSchema(): Schema {
  const { upstream, ...properties } = mappingOf(TOP_OPTIONS, '').properties
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'cogate configuration',
    type: 'object',
    properties: {
      ...properties,
      upstream: {
        description: 'The protected server; a URL alone is the same as `{ url: URL }`.',
        if: { type: 'string' },
        // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword, never awaited
        then: { type: 'string', pattern: TEXT.source },
        else: upstream,
      },
    },
    additionalProperties: false,
  }
}

interface MappingSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>
}

/** `prefix` is the key of the mapping with its dot, or ''. */
function mappingOf(options: readonly Option[], prefix: string): MappingSchema {
  const inside = options.filter((option) => option.path.startsWith(prefix))
  const properties: Record<string, Schema> = {}
  for (const option of inside) {
    const [name = '', ...deeper] = option.path.slice(prefix.length).split('.')
    properties[name] ??= deeper.length === 0 ? propertyOf(option) : mappingOf(inside, `${prefix}${name}.`)
  }
  return { type: 'object', properties, additionalProperties: false }
}

function propertyOf(option: Option): Schema {
  const schema = option.type.kind === 'objects' ? listOfMappings(option) : typeSchema(option.type)
  return {
    description: option.doc,
    ...schema,
    ...(option.default === undefined ? {} : { default: option.default }),
    ...(option.example === undefined ? {} : { examples: [option.example] }),
  }
}

function listOfMappings(option: Option): Schema {
  const fields = fieldsOf(option.path)
  const prefix = `${option.path}[].`
  const required = fields.filter((field) => field.required).map(keyInItem)
  return { type: 'array', items: { ...mappingOf(fields, prefix), required } }
}

function orNone({ source }: RegExp, { none }: { readonly none: boolean }): string {
  return none ? `^none$|${source}` : source
}

function typeSchema(type: OptionType): Schema {
  switch (type.kind) {
    case 'duration':
      return { type: 'string', pattern: orNone(DURATION, type) }
    case 'size':
      return { type: 'string', pattern: orNone(SIZE, type) }
    case 'rate':
      return { type: 'string', pattern: RATE.source }
    case 'count': {
      const integer = { type: 'integer', minimum: type.min, maximum: type.max }
      return type.word === undefined ? integer : { ...integer, type: ['integer', 'string'], pattern: `^${type.word}$` }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'enum':
      return { enum: type.values }
    case 'list':
      return {
        type: 'array',
        items: typeSchema(type.of),
        ...(type.min > 0 ? { minItems: type.min } : {}),
      }
    default:
      return { type: 'string', pattern: TEXT.source }
  }
}
