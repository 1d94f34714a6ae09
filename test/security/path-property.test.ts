/**
 * Attack: a path is spelled so that the gate finds an open rule and the upstream the protected page, or so that looking at
 * it takes long. A green run proves that whatever a service does to a path, in any order, the rule that its reading meets
 * demands what the gate has enforced, and that a long target costs no more than a few passes over its text.
 */
import fc from 'fast-check'
import t from 'tap'
import { PATH_FORMS, type RouteConfig } from '../../src/config/config.ts'
import { decodeEscapes } from '../../src/config/paths/escapes.ts'
import { findOverlaps } from '../../src/config/paths/overlap.ts'
import { compileMatcher, type Matcher } from '../../src/decide/match.ts'
import { lowerLetters, readPath } from '../../src/decide/path.ts'
import type { Route } from '../../src/decide/route.ts'
import { spellingsOf, targets } from '../fuzz/parts/targets.ts'
import { asRequest, readAs, service } from '../helpers/path-services.ts'
import { findFor, labelFor, rule } from '../helpers/rules.ts'

const fixed = { seed: 20_261_129, numRuns: 5000 }

const encoded = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((text) => `/${encodeURIComponent(text).replaceAll(/%2F/g, '/')}`)
const target = fc.oneof(
  targets,
  encoded,
  fc.webPath().map((path) => path || '/'),
  fc.string({ unit: 'binary-ascii' }),
)

t.test('a target is refused, or its path is what stands before the query, byte for byte', async (t) => {
  const property = fc.property(target, (url) => {
    const path = readPath(url)
    return typeof path === 'string' || path.path === url.split('?', 1)[0]
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

const open = fc.constantFrom({ auth: 'none' as const }, { auth: 'optional' as const })
const demand = fc.constantFrom({}, { groups: ['admin'] }, { groups: ['staff'] }, { scopes: ['api/read'] })
const pattern = fc.constantFrom(
  ...['/*', '/admin', '/admin/*', '/admin/x', '/desk/tasks', '/desk/:task', '/api/:version/keys', '/open/*', '/risk'],
  ...['/:a', '/:a/*', '/Open', '/caf%C3%A9', '/a%20b'],
)
const table = fc
  .uniqueArray(fc.tuple(pattern, fc.oneof(open, demand)), { selector: ([path]) => path.toLowerCase(), maxLength: 5 })
  .map((rules) => rules.map(([path, changes]) => rule(path, changes)))
  .filter((rules: readonly RouteConfig[]) => findOverlaps(rules).length === 0)

/** What a rule table demands of the service's own reading: nothing is left to decode or normalise in it. */
function demandOf(match: Matcher, text: string, ignoresCase: boolean): string {
  const literal = ignoresCase ? lowerLetters(text) : text
  const path = { ...asRequest(literal), ...(ignoresCase && { ignoresCase: true as const }) }
  return match('GET', 'example.com', path)?.demand ?? 'none'
}

function isRoute(found: ReturnType<typeof findFor>): found is Route | undefined {
  return typeof found !== 'string' && !(found && 'form' in found)
}

t.test('whatever a service does to a path, its reading meets a rule that demands what was enforced', async (t) => {
  let passed = 0
  const property = fc.property(table, target, service, (rules, url, reader) => {
    const match = compileMatcher(rules)
    const found = findFor(match, { url })
    if (!isRoute(found) || rules.length === 0) return true
    passed++
    return demandOf(match, readAs(reader, url), reader.ignoresCase) === (found?.demand ?? 'none')
  })
  t.doesNotThrow(() => fc.assert(property, { ...fixed, numRuns: Number(process.env['PATH_RUNS'] ?? 5000) }))
  t.ok(passed > 1000, `${passed} paths passed the gate`)
})

function spellCharacter(character: string): fc.Arbitrary<string> {
  return character === '/' ? fc.constant('/') : fc.constantFrom(character, ...spellingsOf(character))
}

const tail = fc.constantFrom('', '/', '.', '...', '%20', '%20.', '%2e', '%E3%80%80', './', '%20/', '%c2%a0')

function spellPath(path: string): fc.Arbitrary<string> {
  return fc.tuple(...[...path].map(spellCharacter), tail).map((parts) => parts.join(''))
}

const match = compileMatcher([
  rule('/*', { auth: 'none' }),
  rule('/:a', { auth: 'none' }),
  rule('/:a/*', { auth: 'none' }),
  rule('/admin/tasks', { groups: ['admin'] }),
  rule('/desk/*', { groups: ['admin'] }),
  rule('/api/:version/keys', { groups: ['admin'] }),
])

const protectedPaths = [
  ['/admin/tasks', '/admin/tasks'],
  ['/desk', '/desk/*'],
  ['/desk/risk', '/desk/*'],
  ['/api/v1/keys', '/api/:version/keys'],
] as const

t.test('every spelling of a protected path is refused or meets its rule', async (t) => {
  for (const [path, label] of protectedPaths) {
    t.equal(labelFor(match, { url: path }), label)
    const property = fc.property(spellPath(path), (url) => ['refused', label].includes(labelFor(match, { url })))
    t.doesNotThrow(() => fc.assert(property, fixed), path)
  }
})

t.test('most spellings are not refused, so that the rule above is put to the test', async (t) => {
  const sample = fc.sample(spellPath('/admin/tasks'), { seed: fixed.seed, numRuns: 1000 })
  const met = sample.filter((url) => labelFor(match, { url }) === '/admin/tasks').length
  t.ok(met > 900, `${met} of 1000`)
})

const size = 8 * 1024
/** A quadratic step would cost hundreds. Counted in passes, because the time of one depends on the machine. */
const maxPasses = 80
const passText = '/aé%C4%B0;.'.repeat(size / 10)
/** What the gate does to a text at least once: every letter is folded, and every escape decoded. */
const passOver = () => decodeEscapes(lowerLetters(passText.normalize('NFKC')))
const units = [
  ...['.', '/', '%', ';', '/.', '/..', '/..;', '/a', 'a.', './', '%2', '%2e', '%20', '/%20', '%C4%B0', '%CC%81%CC%96'],
  ...[
    '%EF%B7%BA',
    ' ',
    '\\',
    '?',
    '#',
    ';/',
    '%E1%85%A1',
    'A',
    '%2f',
    '%252f',
    '%25',
    '%5c',
    '%00',
    '%23',
    '.%20',
    '%3b',
  ],
]

t.test('no target of 8 KiB takes longer than its readings are long', async (t) => {
  const passMs = fastestMs(passOver)
  for (const unit of units) {
    for (const end of ['', 'b', '/', '%', '/%2e%2e/%2f;a//']) {
      const url = `/${unit.repeat(size / unit.length)}${end}`
      const ms = fastestMs(() => findFor(match, { url }))
      t.ok(ms < maxPasses * passMs, `${unit} … ${end}: ${(ms / passMs).toFixed(1)} passes`)
    }
  }
})

t.test('every form has a word that takes it out, and then it is not looked for', async (t) => {
  const rules = compileMatcher([rule('/*', { auth: 'none' }), rule('/admin', { groups: ['admin'] })])
  const spelled = {
    semicolon: '/admin;x',
    backslash: '/x/..\\admin',
    doubleSlash: '//admin',
    dotSegments: '/x/../admin',
    encodedNul: '/admin%00x',
    encodedHash: '/admin%23x',
    encodedQuestion: '/admin%3Fx',
    encodedSlash: '/x/..%2fadmin',
    doubleEncoded: '/%2561dmin',
  } as const
  for (const [form, url] of Object.entries(spelled)) {
    t.equal(labelFor(rules, { url }), 'refused', url)
    t.not(labelFor(rules, { url }, [...PATH_FORMS]), 'refused', `${url} with every form allowed`)
    t.ok(PATH_FORMS.some((word) => word === form))
  }
})

/** Of several runs, so that a busy machine does not count. */
function fastestMs(run: () => void): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}
