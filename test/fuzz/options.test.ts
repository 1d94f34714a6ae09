/** The command line of the fuzzers. */
import t from 'tap'
import { readOptions, usageText } from './options.ts'

const names = ['a', 'b']
const optionsOf = (...argv: string[]) => readOptions(argv, names, () => 7)

t.test('without flags every fuzzer runs, a minute in all, from a new seed', async (t) => {
  t.same(optionsOf(), { minutes: 1, seed: 7, lanes: 4, only: names, replay: undefined, collect: false })
})

t.test('minutes, seed and names are taken as given', async (t) => {
  t.match(optionsOf('--minutes', '0.5', '--seed', '0', '--lanes', '12', '--only', 'b,a', '--collect'), {
    minutes: 0.5,
    seed: 0,
    lanes: 12,
    only: ['b', 'a'],
    collect: true,
  })
  t.match(optionsOf('--replay', 'f.json'), { replay: 'f.json' })
})

t.test('what is wrong with a flag is said', async (t) => {
  t.throws(() => optionsOf('--minutes', '0'), /--minutes/)
  t.throws(() => optionsOf('--seed', '-1'), /--seed/)
  t.throws(() => optionsOf('--seed', '2147483648'), /--seed/)
  t.throws(() => optionsOf('--lanes', '0'), /--lanes/)
  t.throws(() => optionsOf('--only', 'c'), /no fuzzer c/)
  t.throws(() => optionsOf('more'))
  t.match(usageText(names), 'a b')
})
