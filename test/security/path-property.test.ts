/**
 * Attack: a path is spelled so that the gate finds an open rule and the upstream the protected page, or so that looking at
 * it takes long. A green run proves that a target is refused or forwarded byte for byte, that no spelling of a protected
 * path meets an open rule alone, and that no target of 8 KiB costs more than 5 ms.
 */
import fc from 'fast-check'
import t from 'tap'
import type { PathAllowance } from '../../src/config/config.ts'
import { foldPath } from '../../src/config/paths/fold.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { canonicalisePath } from '../../src/decide/path.ts'
import { spellingsOf, targets } from '../fuzz/parts/targets.ts'
import { labelFor, rule } from '../helpers/rules.ts'

const fixed = { seed: 20_261_123, numRuns: 5000 }

const allowances: readonly ReadonlySet<PathAllowance>[] = [
  new Set(),
  new Set(['semicolon']),
  new Set(['encodedSlash']),
  new Set(['doubleSlash']),
  new Set(['semicolon', 'encodedSlash', 'doubleSlash']),
]

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
  const property = fc.property(target, fc.constantFrom(...allowances), (url, allowed) => {
    const canonical = canonicalisePath(url, allowed)
    return canonical === undefined || canonical.path === url.split('?', 1)[0]
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('a path has one folded form, which is its own', async (t) => {
  const property = fc.property(target, fc.constantFrom(...allowances), (url, allowed) => {
    const canonical = canonicalisePath(url, allowed)
    if (canonical === undefined) return true
    return foldPath(canonical.path) === canonical.folded && foldPath(canonical.folded) === canonical.folded
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('a folded path has as many segments as the path that is forwarded', async (t) => {
  const property = fc.property(target, (url) => {
    const canonical = canonicalisePath(url)
    return canonical === undefined || countSegments(canonical.path) === countSegments(canonical.folded)
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

function countSegments(path: string): number {
  return path.split('/').filter((segment) => segment !== '').length
}

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
  t.ok(sample.filter((url) => labelFor(match, { url }) === '/admin/tasks').length > 900)
})

const maxMs = 5
const size = 8 * 1024
const units = [
  '.',
  '/',
  '%',
  ';',
  '/.',
  '/..',
  '/..;',
  '/a',
  'a.',
  './',
  '%2',
  '%2e',
  '%20',
  '/%20',
  '%C4%B0',
  '%CC%81%CC%96',
  '%EF%B7%BA',
]

t.test('no target of 8 KiB takes more than 5 ms', async (t) => {
  const everything = allowances.at(-1)
  for (const unit of [...units, ' ', '\\', '?', '#', ';/', '%E1%85%A1', 'A']) {
    for (const end of ['', 'b', '/', '%']) {
      const url = `/${unit.repeat(size / unit.length)}${end}`
      const read = () => {
        const path = canonicalisePath(url, everything)
        if (path) match('GET', 'example.com', path)
      }
      t.ok(fastestMs(read) < maxMs, `${unit} … ${end}`)
    }
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
