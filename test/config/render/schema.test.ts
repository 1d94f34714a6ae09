import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { renderExample } from '../../../src/config/render/example.ts'
import { renderSchema } from '../../../src/config/render/schema.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(renderSchema())

t.test('the schema describes every option, with its default', async (t) => {
  for (const option of OPTIONS) {
    const property = findProperty(option.path)
    t.equal(property?.description, option.doc, option.path)
    t.same(property?.default, option.default, option.path)
  }
})

t.test('the schema accepts what an editor would hold', async (t) => {
  const documents = [
    'userPools: [{ id: eu-west-1_a }]',
    'upstream: http://127.0.0.1:8080',
    'upstream: { url: http://127.0.0.1:8080 }',
    'limits: { body: none, connections: none }',
    'limits: { body: 5MiB, connections: 5 }',
    renderExample(),
  ]
  for (const text of documents) t.ok(validate(parse(text)), text)
})

t.test('the schema refuses unknown keys, bare numbers and wrong types', async (t) => {
  const documents = [
    'listn: x',
    'userPools: [{ clientIds: [a] }]',
    'userPools:',
    'upstream:',
    'log: { level: }',
    'routes: [{ path: /a, groups: }]',
    'upstream: 5',
    'upstream: { url: a, timeout: 5s }',
    'drain: { delay: 5 }',
    'limits: { body: 5, connections: few }',
    'log: { level: loud }',
    'routes: [{ path: /a, groups: [] }]',
    '[]',
  ]
  for (const text of documents) t.notOk(validate(parse(text)), text)
})

interface Node {
  readonly description?: string
  readonly default?: unknown
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly else?: Node
}

function findProperty(path: string): Node | undefined {
  const steps = path
    .split('.')
    .flatMap((segment) => (segment.endsWith('[]') ? [segment.slice(0, -2), '[]'] : [segment]))
  return steps.reduce<Node | undefined>((schema, step) => {
    if (step === '[]') return schema?.items
    return (schema?.properties ?? schema?.else?.properties)?.[step]
  }, renderSchema())
}
