/** The shapes of Cognito's calls as the AWS SDK has them: whether a text of JSON is a request or an answer of a call. */
import * as sdk from '@aws-sdk/client-cognito-identity-provider'

/** `unit` is an answer without members. */
type Schema = 'unit' | number | readonly unknown[] | (() => Schema)

const empty: readonly unknown[] = [3, '', '', 0, [], []]

const schemas = sdk as unknown as Readonly<Record<string, readonly unknown[] | undefined>>

/** Everything that the shape of the call does not allow, as paths. Empty: it is one. */
export function findStrangers(operation: string, part: 'input' | 'output', value: unknown): readonly string[] {
  const schema = schemas[`${operation}$`]
  if (schema === undefined) return [`${operation} is no call of Cognito`]
  return look(value, schema[part === 'input' ? 4 : 5] as Schema, part)
}

function look(value: unknown, lazy: Schema, path: string): readonly string[] {
  const schema = resolve(lazy)
  if (typeof schema === 'number') return lookSimple(value, schema, path)
  const [kind, , , , first, second] = schema
  if (kind === 0) return look(value, first as Schema, path)
  if (kind === 1) return lookList(value, first as Schema, path)
  if (kind === 2) return lookMap(value, second as Schema, path)
  return lookStructure(value, schema, path)
}

/** A member is a shape, or a pair of a shape and its traits. */
function resolve(lazy: Schema): number | readonly unknown[] {
  if (typeof lazy === 'function') return resolve(lazy())
  if (lazy === 'unit') return empty
  if (typeof lazy === 'number' || typeof lazy[0] === 'number') {
    return typeof lazy !== 'number' && lazy.length === 2 ? resolve(lazy[0] as Schema) : lazy
  }
  return resolve(lazy[0] as Schema)
}

function lookSimple(value: unknown, schema: number, path: string): readonly string[] {
  if (schema >= 128) return lookMap(value, schema - 128, path)
  if (schema >= 64) return lookList(value, schema - 64, path)
  const expected = schema === 0 ? 'string' : schema === 2 ? 'boolean' : 'number'
  return typeof value === expected ? [] : [`${path} is a ${typeof value}, no ${expected}`]
}

function lookList(value: unknown, member: Schema, path: string): readonly string[] {
  if (!Array.isArray(value)) return [`${path} is no list`]
  return value.flatMap((one, index) => look(one, member, `${path}[${index}]`))
}

function lookMap(value: unknown, member: Schema, path: string): readonly string[] {
  return Object.entries(value as object).flatMap(([key, one]) => look(one, member, `${path}.${key}`))
}

function lookStructure(value: unknown, [, , , , names, members, required]: readonly unknown[], path: string) {
  const known = names as readonly string[]
  const given = value as Readonly<Record<string, unknown>>
  const missing = known.slice(0, (required as number | undefined) ?? 0).filter((name) => given[name] === undefined)
  const found = Object.entries(given).flatMap(([name, one]) => {
    const schema = (members as readonly Schema[])[known.indexOf(name)]
    return schema === undefined ? [`${path}.${name} is unknown`] : look(one, schema, `${path}.${name}`)
  })
  return [...missing.map((name) => `${path}.${name} is missing`), ...found]
}
