/**
 * The option table as a JSON Schema (draft-07) for editors. It refuses what check/structure.ts refuses, and
 * items without a required key. Never knows a rule of its own.
 */
import type { Option, OptionType } from '../table/option.ts'
import { wordsOf } from '../table/option.ts'
import type { MappingNode, OptionTable, TableNode } from '../table/option-table.ts'
import { isRequired } from '../table/option-table.ts'
import { TABLE } from '../table/options.ts'
import { DURATION, RATE, SIZE } from '../table/units.ts'
import { TEXT } from '../table/values.ts'

export type Schema = Readonly<Record<string, unknown>>

/** A key without a value (`groups:`) is refused: null is allowed nowhere. */
export function renderSchema({ root }: OptionTable = TABLE): Schema {
  const { upstream, ...properties } = propertiesOf(root)
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
        then: text,
        else: upstream,
      },
    },
    additionalProperties: false,
  }
}

function propertiesOf({ keys }: MappingNode, isInItem = false): Readonly<Record<string, Schema>> {
  return Object.fromEntries([...keys].map(([name, node]) => [name, schemaOf(node, isInItem)]))
}

function schemaOf(node: TableNode, isInItem: boolean): Schema {
  if (node.kind === 'mapping') return mappingSchema(node, isInItem)
  if (node.kind === 'value') return describe(node.option, typeSchema(node.option.type))
  return describe(node.option, { type: 'array', items: mappingSchema(node.item, true) })
}

/** Keys are required inside the items of lists only: any other key may come from a variable or a flag. */
function mappingSchema(node: MappingNode, isInItem: boolean): Schema {
  const required = isInItem ? [...node.keys].filter(([, child]) => isRequired(child)).map(([name]) => name) : []
  const mapping = { type: 'object', properties: propertiesOf(node, isInItem), additionalProperties: false }
  return required.length === 0 ? mapping : { ...mapping, required }
}

function describe(option: Option, schema: Schema): Schema {
  return {
    description: option.doc,
    ...schema,
    ...(option.default === undefined ? {} : { default: option.default }),
    ...(option.example === undefined ? {} : { examples: [option.example] }),
  }
}

const text: Schema = { type: 'string', pattern: TEXT.source }

function typeSchema(type: OptionType): Schema {
  switch (type.kind) {
    case 'duration':
      return { type: 'string', pattern: orWord(DURATION, type) }
    case 'size':
      return { type: 'string', pattern: orWord(SIZE, type) }
    case 'rate':
      return { type: 'string', pattern: RATE.source }
    case 'count': {
      const integer = { type: 'integer', minimum: type.min, maximum: type.max }
      return type.word === undefined ? integer : { ...integer, type: ['integer', 'string'], pattern: `^${type.word}$` }
    }
    case 'share':
      return { type: 'number', minimum: 0, maximum: 1 }
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
    case 'texts':
      return { ...text, type: ['string', 'array'], items: text, minItems: 1 }
    case 'scalars': {
      const bounds = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
      const scalar = { ...text, ...bounds, type: ['string', 'boolean', 'integer'] }
      return { ...scalar, type: [...scalar.type, 'array'], items: scalar, minItems: 1 }
    }
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.of) }
    default:
      return text
  }
}

function orWord({ source }: RegExp, type: Parameters<typeof wordsOf>[0]): string {
  return [...wordsOf(type).map((word) => `^${word}$`), source].join('|')
}
