/** Header lines as a forger writes them: names in every spelling an application could take for one of ours. */
import fc from 'fast-check'
import { identityFamilies } from '../../../src/headers/families.ts'
import { presets } from '../../../src/headers/presets.ts'

export type Line = readonly [name: string, value: string]

/** Every name of every preset, and one of every family. */
export const identityNames: readonly string[] = [
  ...new Set(Object.values(presets).flatMap((table) => table.map(({ name }) => name))),
  ...identityFamilies.map((family) => `${family}x`),
]

const otherNames = [
  ...['Connection', 'Cookie', 'Authorization', 'Via', 'Forwarded', 'X-Real-IP', 'X-Request-Id', 'Keep-Alive', 'TE'],
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Proxy-Connection', 'Expect', 'Upgrade', 'Trailer'],
]

// RFC 9110 section 5.6.2: every character a header name may hold besides letters and digits.
const separator = fc.constantFrom(..."!#$%&'*+-.^_`|~")

function spellings(name: string): fc.Arbitrary<string> {
  const characters = [...name].map((character) =>
    character === '-' ? separator : fc.constantFrom(character.toLowerCase(), character.toUpperCase()),
  )
  return fc.tuple(...characters).map((parts) => parts.join(''))
}

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...identityNames).chain(spellings) },
  { weight: 2, arbitrary: fc.constantFrom(...identityNames, ...otherNames) },
  { weight: 1, arbitrary: fc.constantFrom(...otherNames).chain(spellings) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/) },
)
const nomination = fc.array(fc.constantFrom(...identityNames, ...otherNames), { maxLength: 4 })
const value = fc.oneof(
  fc.constantFrom(
    'admin',
    '',
    'close',
    'keep-alive',
    '127.0.0.1',
    '100-continue',
    'websocket',
    'Basic YTpi',
    'Bearer x',
  ),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/),
)
const line: fc.Arbitrary<Line> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, value) },
  { weight: 1, arbitrary: nomination.map((names) => ['Connection', names.join(', ')] as const) },
)

/** No line that frames a body: that is another fuzzer's business. */
export const headerLines: fc.Arbitrary<readonly Line[]> = fc
  .array(line, { maxLength: 25 })
  .map((lines) => lines.filter(([name]) => !/^(?:content-length|transfer-encoding|host)$/i.test(name)))
