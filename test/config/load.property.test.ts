import fc from 'fast-check'
import t from 'tap'
import { OPTIONS } from '../../src/config/table/options.ts'
import { keyNames, shaped, tree, words } from '../fuzz/parts/documents.ts'
import type { Sources } from './loading.ts'
import { issuesOf } from './loading.ts'

/** Throws when loading ends in anything but a Config or a ConfigError whose issues are complete, safe and short. */
function judge(sources: Sources): boolean {
  return issuesOf(sources).every(
    ({ key, source, found, expected, fix }) =>
      [key, source, found, expected, fix].every((text) => text !== '' && !/[\p{Cc}\p{Cs}]/u.test(text)) &&
      found.length <= 80,
  )
}

t.test('any JSON document is a Config or a ConfigError', async () => {
  fc.assert(
    fc.property(fc.oneof(shaped, tree, fc.jsonValue()), (value) => judge({ yaml: JSON.stringify(value) ?? '' })),
    { numRuns: 150 },
  )
})

t.test('any text is a Config or a ConfigError', async () => {
  const line = fc.oneof(
    fc.constantFrom(...keyNames.map((name) => `${name}:`), '- ', '  ', '\n', '&a ', '*a ', '{', '[', '"'),
    fc.string(),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(line, { maxLength: 12 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (yaml) => judge({ yaml })),
    { numRuns: 150 },
  )
})

t.test('any variables and arguments are a Config or a ConfigError', async () => {
  const name = fc.constantFrom(
    ...OPTIONS.map(({ path }) => `COGATE_${path.replace('userPools[]', 'USER_POOL').toUpperCase()}`),
    'COGATE_ROUTES',
    'COGATE_CLIENT_ID',
    'COGATE_CONFIG',
    'COGATE_X',
  )
  const text = fc.oneof(fc.constantFrom(...words, '[{}]', '[{path: /a}]'), fc.string({ unit: 'binary' }))
  const argument = fc.oneof(
    fc.constantFrom('--listen', '--routes', '--client-id', '--log-access', '--config', '--', '-'),
    text,
  )
  const sources = fc.record({
    env: fc.dictionary(name, text, { maxKeys: 5 }),
    argv: fc.array(argument, { maxLength: 6 }),
  })
  fc.assert(fc.property(sources, judge), { numRuns: 150 })
})
