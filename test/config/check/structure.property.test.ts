/**
 * Compares the structure check with an independent judge: ajv with the schema that editors get. Both must refuse the
 * same documents, at the same places.
 */
import { deepEqual } from 'node:assert/strict'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import fc from 'fast-check'
import t from 'tap'
import { type Fault, findFaults } from '../../../src/config/check/structure/faults.ts'
import { collectIssues } from '../../../src/config/issues/issues.ts'
import { readFileLayer } from '../../../src/config/read/file-layer.ts'
import { renderSchema } from '../../../src/config/render/schema.ts'
import { formatKey } from '../../../src/config/table/key.ts'
import type { OptionTable } from '../../../src/config/table/option-table.ts'
import { TABLE } from '../../../src/config/table/options.ts'
import { anyDocument, documentWith, ODD_VALUES, soundDocument, strangeDocument } from '../documents.ts'
import { THINGS_TABLE } from '../things.ts'

// A minute on a quiet machine.
t.setTimeout(5 * 60_000)

for (const [name, table] of Object.entries({ 'the real table': TABLE, 'a deeper table': THINGS_TABLE })) {
  const { options } = table
  const judge = judgeOf(table)

  t.test(`${name}: the walk finds fault where the schema does, with every odd value at every key`, async (t) => {
    const refused = options.map(({ path }) => {
      const documents = ODD_VALUES.flatMap((value) => [documentWith(path, value), documentWith(path, [value])])
      const faults = documents.map(judge).filter((found) => found.length > 0).length
      return faults > 0 && faults < documents.length
    })
    t.same(
      options.filter((_, i) => !refused[i]).map(({ path }) => path),
      [],
      'every key takes some of them',
    )
  })

  t.test(`${name}: documents of the table alone pass the walk and the schema`, async (t) => {
    const counts = tally(soundDocument(options), judge)
    t.equal(counts.accepted, counts.runs)
  })

  t.test(`${name}: the walk finds fault where the schema does, with a few things wrong`, async (t) => {
    const counts = tally(strangeDocument(options), judge)
    t.ok(counts.accepted > 20 && counts.accepted < 320, `${counts.accepted} of ${counts.runs} accepted`)
  })

  t.test(`${name}: the walk finds fault where the schema does, in documents of any kind`, async (t) => {
    const counts = tally(anyDocument(options), judge)
    t.ok(counts.accepted < counts.runs, `${counts.accepted} of ${counts.runs} accepted`)
  })
}

t.test('faults come in the order of the document, none below another', async (t) => {
  const faults = findFaults({ log: { levle: 1, level: 5 }, jwt: { a: 1 }, routes: [5, { path: [{}] }], jwks: [[1]] })
  t.same(
    [...faults].map(({ kind, path }) => `${kind} ${formatKey(path)}`),
    [
      'unknown log.levle',
      'misfit log.level',
      'unknown jwt',
      'misfit routes[0]',
      'misfit routes[1].path',
      'misfit jwks',
    ],
  )
})

/** The places that both find fault with. */
type Judge = (document: unknown) => readonly string[]

/** Throws when the two disagree on one of the documents. */
function tally(documents: fc.Arbitrary<unknown>, judge: Judge): { readonly runs: number; readonly accepted: number } {
  const runs = 400
  let accepted = 0
  const agree = (document: unknown): void => {
    if (judge(document).length === 0) accepted += 1
  }
  fc.assert(fc.property(documents, agree), { numRuns: runs })
  return { runs, accepted }
}

/** Throws when the walk finds fault with other places than the schema. */
function judgeOf(table: OptionTable): Judge {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(renderSchema(table))
  return (document) => {
    const found = placesOfWalk(document, table)
    deepEqual(found, placesOfSchema(document, validate))
    return found
  }
}

/** As the loader does it: an empty file is an empty mapping, `upstream: URL` is `upstream: { url: URL }`. */
function placesOfWalk(document: unknown, table: OptionTable): readonly string[] {
  const named = { kind: 'flag', name: '--config', text: 'cogate.yaml', yaml: false } as const
  const text = JSON.stringify(document)
  const layer = readFileLayer('cogate.yaml', named, { issues: collectIssues(), readFile: () => text })
  return unique([...findFaults(layer?.data, table)].map(nameFault))
}

function nameFault({ kind, path }: Fault): string {
  return `${kind} /${path.join('/').replace(/^upstream\/url$/, 'upstream')}`
}

function placesOfSchema(document: unknown, validate: ValidateFunction): readonly string[] {
  if (validate(document ?? {})) return []
  const errors = validate.errors ?? []
  return unique(errors.filter(isOfStructure).map(nameError))
}

/** A key may be missing in one layer and come from another; the branch of an `if` has errors of its own. */
function isOfStructure({ keyword }: ErrorObject): boolean {
  return keyword !== 'required' && keyword !== 'if'
}

function nameError({ keyword, instancePath, params }: ErrorObject): string {
  const path = instancePath.replaceAll('~1', '/').replaceAll('~0', '~')
  if (keyword === 'additionalProperties') return `unknown ${path}/${params['additionalProperty']}`
  return `misfit ${path === '' ? '/' : path.replace(/^\/upstream\/url$/, '/upstream')}`
}

function unique(places: readonly string[]): readonly string[] {
  return [...new Set(places)].sort()
}
