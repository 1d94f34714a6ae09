import t from 'tap'
import { findNearest } from '../../../src/config/issues/nearest.ts'

t.test('finds the word a slip of the keyboard was meant to be', async (t) => {
  const known = ['url', 'connectTimeout', 'responseTimeout', 'idleTimeout', 'COGATE_UPSTREAM', '--log-level']
  const cases = [
    ['conectTimeout', 'connectTimeout'],
    ['connect_timeout', 'connectTimeout'],
    ['connect-timeout', 'connectTimeout'],
    ['idletimeout', 'idleTimeout'],
    ['uri', 'url'],
    ['COGATE_UPSTRAEM', 'COGATE_UPSTREAM'],
    ['--loglevel', '--log-level'],
  ] as const
  for (const [word, expected] of cases) t.equal(findNearest(word, known), expected, word)
})

t.test('finds nothing when no word is near', async (t) => {
  for (const word of ['', 'x', 'password', 'COGATE_SOMETHING_ELSE']) {
    t.equal(findNearest(word, ['upstream', 'COGATE_UPSTREAM']), undefined, word)
  }
  t.equal(findNearest('url', []), undefined)
})

t.test('takes the nearest of several', async (t) => {
  t.equal(findNearest('COGATE_LIMITS_TOKE', ['COGATE_LIMITS_BODY', 'COGATE_LIMITS_TOKEN']), 'COGATE_LIMITS_TOKEN')
})
