/**
 * Attack: a caller sends identity headers of its own, under any name an application could take for one of ours, or makes
 * the gate drop ours (Connection). A green run proves that what the upstream gets under those names is what we set.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { identityFamilies } from '../../src/headers/families.ts'
import { readLines } from '../../src/headers/lines.ts'
import { canonicalName } from '../../src/headers/names.ts'
import { presets } from '../../src/headers/presets.ts'
import type { HeaderRules } from '../../src/headers/request.ts'
import { createCaller, createClaims } from '../helpers/caller.ts'
import { createHeaderRules, forwardLines, type Line } from '../helpers/header-rules.ts'

const fixed = { seed: 20_261_123, numRuns: 2000 }

const set = [{ name: 'X-User-Sub', claim: 'sub', format: 'csv', encoding: 'percent' }] as const
const tables: readonly HeaderRules[] = [
  ...(Object.keys(presets) as (keyof typeof presets)[]).map((preset) => createHeaderRules({ identity: { preset } })),
  createHeaderRules({ identity: { set, stripPrefixes: ['X-Internal-'] } }),
  createHeaderRules({ identity: { passToken: false }, trust: ['192.0.2.7'], preserveHost: false }),
]

const owned = [
  ...Object.values(presets).flatMap((table) => table.map(({ name }) => name)),
  ...identityFamilies.map((family) => `${family}x`),
  'X-User-Sub',
  'X-Internal-Role',
]
const others = [
  'Connection',
  'Host',
  'Cookie',
  'Authorization',
  'Via',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'Forwarded',
]

// RFC 9110 section 5.6.2: every character a header name may hold besides letters and digits.
const separator = fc.constantFrom(..."!#$%&'*+-.^_`|~")

function spellings(name: string): fc.Arbitrary<string> {
  const characters = [...name].map((character) =>
    character === '-' ? separator : fc.constantFrom(character.toLowerCase(), character.toUpperCase()),
  )
  return fc.tuple(...characters).map((parts) => parts.join(''))
}

const headerName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...owned).chain(spellings) },
  { weight: 2, arbitrary: fc.constantFrom(...others).chain(spellings) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/) },
)
const headerValue = fc.oneof(
  fc.constantFrom('admin', '', 'close', 'keep-alive'),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
)
const nominating = fc
  .array(fc.constantFrom(...owned, ...others).chain(spellings), { maxLength: 5 })
  .map((names) => names.join(', '))
const line: fc.Arbitrary<Line> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(headerName, headerValue) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('Connection', 'connection'), nominating) },
)
const received = fc.array(line, { maxLength: 30 })

function identityLines(rules: HeaderRules, lines: readonly Line[]): string[] {
  return lines.filter(([name]) => rules.identity.owns(canonicalName(name))).flat()
}

t.test('the upstream gets exactly our identity headers, whatever the caller sends', async (t) => {
  const claims = createClaims({ username: 'alice', 'cognito:groups': ['users'], client_id: 'c1', scope: 'openid' })
  const property = fc.property(fc.constantFrom(...tables), received, (rules, lines) => {
    const ours = rules.identity.linesFor('h.p.s', claims)
    const sent = forwardLines(rules, lines, { caller: createCaller({}, { identityLines: ours }) })
    return isDeepStrictEqual(identityLines(rules, sent), readLines(ours).flat())
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('the upstream gets no identity header without a verified caller', async (t) => {
  const property = fc.property(
    fc.constantFrom(...tables),
    received,
    (rules, lines) => identityLines(rules, forwardLines(rules, lines)).length === 0,
  )
  t.doesNotThrow(() => fc.assert(property, fixed))
})
