/**
 * Configuration from files, variables and flags, of any shape: it loads and compiles, or every mistake is told with its
 * key, place, finding, expectation and mending, all printable; it never throws anything else and never takes long.
 */
import { equal, match, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { compileMatcher } from '../../../src/decide/match.ts'
import type { ConfigIssue } from '../../../src/errors.ts'
import { ConfigError } from '../../../src/errors.ts'
import { compileIdentity } from '../../../src/headers/identity.ts'
import { load, type Sources } from '../../config/loading.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { documents, words } from '../parts/documents.ts'
import { timeWithin } from '../parts/time-within.ts'

const variable = fc.constantFrom(
  ...OPTIONS.map(({ path }) => `COGATE_${path.replace('userPools[]', 'USER_POOL').replaceAll('.', '_').toUpperCase()}`),
  ...['COGATE_ROUTES', 'COGATE_CLIENT_ID', 'COGATE_CONFIG', 'COGATE_X', 'COGATE_USER_POOL_ID', 'COGATE_UPSTREAM'],
)
const text = fc.oneof(
  fc.constantFrom(...words, '[{}]', '[{path: /a}]', '{', '[*a]'),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const argument = fc.oneof(
  fc.constantFrom(
    '--listen',
    '--routes',
    '--client-id',
    '--log-access',
    '--config',
    '--',
    '-',
    '--no-log',
    '--listen=a',
  ),
  text,
)
const cases: fc.Arbitrary<Sources> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ yaml: documents }) },
  {
    weight: 1,
    arbitrary: fc.record({
      env: fc.dictionary(variable, text, { maxKeys: 5 }),
      argv: fc.array(argument, { maxLength: 6 }),
    }),
  },
)

/** A text of some ten thousand bytes. */
const maxMs = 1000

function open(): Session<Sources> {
  return {
    check(sources) {
      const { result, isQuick } = timeWithin(maxMs, () => attempt(sources))
      ok(isQuick, `loading takes more than ${maxMs} ms`)
      return result
    },
  }
}

function attempt(sources: Sources): string {
  try {
    const { config } = load(sources)
    compileMatcher(config.routes)
    compileIdentity(config.identityHeaders)
    return 'config'
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    ok(error.issues.length > 0, 'a refusal says why')
    for (const issue of error.issues) checkIssue(issue)
    return 'issues'
  }
}

function checkIssue({ key, source, found, expected, fix }: ConfigIssue): void {
  for (const said of [key, source, found, expected, fix]) match(said, /^[^\p{Cc}\p{Cs}]+$/u)
  equal(found.length <= 80, true, `${found.length} characters of what was found`)
}

export const configuration = defineFuzzer({ name: 'configuration', cases, open })
