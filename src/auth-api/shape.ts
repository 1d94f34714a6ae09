/**
 * What the body of an operation may hold: one description for the check of a request and for the OpenAPI document. Whatever a
 * shape does not name is refused.
 */

interface Text {
  readonly kind: 'text'
  readonly maxLength: number
  readonly doc?: string
  /** Of the whole value. */
  readonly pattern?: RegExp
  readonly values?: readonly string[]
  /** The document marks it as a password. */
  readonly secret?: true
}

export type Field = (
  | Text
  | { readonly kind: 'flag'; readonly doc?: string }
  /** Names of the caller's own, each with a text. */
  | { readonly kind: 'texts'; readonly maxLength: number; readonly most: number; readonly doc?: string }
  | { readonly kind: 'object'; readonly fields: Shape; readonly doc?: string }
) & { readonly optional?: true }

export type Shape = { readonly [name: string]: Field }

type ValueOf<F extends Field> = F extends { kind: 'text' }
  ? string
  : F extends { kind: 'flag' }
    ? boolean
    : F extends { kind: 'texts' }
      ? readonly (readonly [name: string, value: string])[]
      : F extends { kind: 'object'; fields: infer S extends Shape }
        ? BodyOf<S>
        : never

export type BodyOf<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends { optional: true } ? ValueOf<S[K]> | undefined : ValueOf<S[K]>
}

/** Undefined: the value is not of this shape. */
export function readShape<S extends Shape>(shape: S, value: unknown): BodyOf<S> | undefined {
  const fields = readFields(shape, value)
  return fields as BodyOf<S> | undefined
}

function readFields(shape: Shape, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) return undefined
  if (Object.keys(value).some((name) => !Object.hasOwn(shape, name))) return undefined
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(shape)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    const known = given === undefined ? undefined : readField(field, given)
    if (known === undefined && (given !== undefined || field.optional !== true)) return undefined
    read[name] = known
  }
  return read
}

function readField(field: Field, value: unknown): unknown {
  if (field.kind === 'flag') return typeof value === 'boolean' ? value : undefined
  if (field.kind === 'object') return readFields(field.fields, value)
  if (field.kind === 'texts') return readTexts(field, value)
  return isText(value, field) ? value : undefined
}

function isText(value: unknown, { maxLength, pattern, values }: Omit<Text, 'kind'>): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxLength || !value.isWellFormed()) return false
  return (pattern?.test(value) ?? true) && (values?.includes(value) ?? true)
}

/** Pairs, so that no name of the caller's becomes a property. */
function readTexts({ maxLength, most }: { readonly maxLength: number; readonly most: number }, value: unknown) {
  if (!isObject(value)) return undefined
  const pairs = Object.entries(value)
  const isGood = pairs.every(([name, text]) => attributeName.test(name) && isText(text, { maxLength }))
  return isGood && pairs.length <= most ? pairs : undefined
}

/** Amazon Cognito API reference, AttributeType: up to 32 characters. */
const attributeName = /^[\w:.-]{1,32}$/

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export function schemaOf(shape: Shape): object {
  const required = Object.keys(shape).filter((name) => shape[name]?.optional !== true)
  const properties = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, fieldSchema(field)]))
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false }
}

function fieldSchema(field: Field): object {
  const description = field.doc === undefined ? {} : { description: field.doc }
  if (field.kind === 'flag') return { type: 'boolean', ...description }
  if (field.kind === 'object') return { ...schemaOf(field.fields), ...description }
  if (field.kind === 'texts') {
    const values = { type: 'string', minLength: 1, maxLength: field.maxLength }
    const names = { propertyNames: { pattern: attributeName.source } }
    return { type: 'object', additionalProperties: values, maxProperties: field.most, ...names, ...description }
  }
  const { maxLength, pattern, values, secret } = field
  return {
    type: 'string',
    minLength: 1,
    maxLength,
    ...(pattern && { pattern: pattern.source }),
    ...(values && { enum: values }),
    ...(secret && { format: 'password' }),
    ...description,
  }
}
