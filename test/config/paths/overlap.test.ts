import t from 'tap'
import type { RouteConfig } from '../../../src/config/config.ts'
import { findOverlaps, isOpening, patternKey } from '../../../src/config/paths/overlap.ts'
import { rule } from '../../helpers/rules.ts'

t.test('counts rules that let anonymous callers through as opening', async (t) => {
  t.equal(isOpening(rule('/a')), false)
  t.equal(isOpening(rule('/a', { auth: 'optional' })), true)
  t.equal(isOpening(rule('/a', { auth: 'none' })), true)
})

t.test('gives patterns that match the same paths the same key', async (t) => {
  t.equal(patternKey('/users/:id/files'), patternKey('/Users/:name/files/'))
  t.equal(patternKey('/%61dmin'), patternKey('/admin'))
  t.not(patternKey('/users/:id'), patternKey('/users/*'))
  t.not(patternKey('/users/:id'), patternKey('/users/id'))
  t.not(patternKey('/a:b'), patternKey('/a:c'), 'a colon inside a literal begins no parameter')
})

/** Of each rule that meets an earlier one: its place and that of the earlier one. */
function overlaps(...rules: readonly RouteConfig[]): readonly string[] {
  return findOverlaps(rules).map(({ index, earlierIndex }) => `${index} meets ${earlierIndex}`)
}

const open = { auth: 'none' } as const

t.test('finds a rule whose requests an earlier one takes', async (t) => {
  t.strictSame(overlaps(rule('/a'), rule('/b'), rule('/a')), ['2 meets 0'])
  t.strictSame(overlaps(rule('/a'), rule('/A/')), ['1 meets 0'], 'another spelling')
  t.strictSame(overlaps(rule('/a/:x'), rule('/a/:y')), ['1 meets 0'], 'another parameter name')
  t.strictSame(overlaps(rule('/a'), rule('/a', { auth: 'none' })), ['1 meets 0'], 'demanding and opening')
  t.strictSame(overlaps(rule('/a'), rule('/a', { methods: ['GET'] })), ['1 meets 0'], 'every method and one')
  t.strictSame(overlaps(rule('/a', { methods: ['GET'] }), rule('/a')), ['1 meets 0'], 'one method and every')
  t.strictSame(overlaps(rule('/a', { methods: ['GET', 'PUT'] }), rule('/a', { methods: ['PUT'] })), ['1 meets 0'])
  t.strictSame(overlaps(rule('/a', { host: 'h' }), rule('/a', { host: 'h' })), ['1 meets 0'], 'the same host')
  t.strictSame(overlaps(rule('/a'), rule('/b'), rule('/a'), rule('/a')), ['2 meets 0', '3 meets 0'], 'the first')
  const get = rule('/a', { methods: ['GET'] })
  const put = rule('/a', { methods: ['PUT'] })
  t.strictSame(overlaps(get, put, rule('/a', { methods: ['PUT', 'GET'] })), ['2 meets 0'], 'the first of two')
  t.strictSame(overlaps(rule('/a/:x', open), rule('/a/:y', open)), ['1 meets 0'], 'the same letters but the name')
})

t.test('rules meet in every spelling that a request of theirs can have', async (t) => {
  const twins = [
    ['/stra%C3%9Fe', '/strasse'],
    ['/%C4%B1', '/i'],
    ['/%E2%84%AB', '/%C3%A5'],
    ['/%EF%BD%81dmin', '/admin'],
  ] as const
  for (const [left, right] of twins) t.strictSame(overlaps(rule(left), rule(right)), ['1 meets 0'], `${left} ${right}`)
})

t.test('accepts rules that share a path and no request', async (t) => {
  t.strictSame(overlaps(rule('/a', { methods: ['GET'] }), rule('/a', { methods: ['POST'] })), [])
  t.strictSame(overlaps(rule('/a', { host: 'x' }), rule('/a', { host: 'y' }), rule('/a')), [])
  t.strictSame(overlaps(rule('/a', { auth: 'none' }), rule('/A', { auth: 'none' })), [], 'opening rules match exactly')
  t.strictSame(overlaps(rule('/a/*'), rule('/a'), rule('/a/:x'), rule('/a/b')), [])
  t.strictSame(overlaps(), [])
})
