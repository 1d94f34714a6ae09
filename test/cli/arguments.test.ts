import t from 'tap'
import { findMistake, readArguments } from '../../src/cli/arguments.ts'

const own = { '--offline': 'switch', '--port': 'value' } as const

function read(...argv: readonly string[]) {
  const { given, rest } = readArguments(argv, own)
  return { given: Object.fromEntries(given), rest }
}

t.test('takes own flags out wherever they stand, and keeps the order of the rest', async (t) => {
  t.same(read('--config', 'a.yaml', '--offline', '--listen', ':80'), {
    given: { '--offline': '' },
    rest: ['--config', 'a.yaml', '--listen', ':80'],
  })
  t.same(read(), { given: {}, rest: [] })
})

t.test('takes a value from the next word or after the sign, and the last one counts', async (t) => {
  t.same(read('--port', '1'), { given: { '--port': '1' }, rest: [] })
  t.same(read('--port=1=2'), { given: { '--port': '1=2' }, rest: [] })
  t.same(read('--port='), { given: { '--port': '' }, rest: [] })
  t.same(read('--port', '1', '--port=2'), { given: { '--port': '2' }, rest: [] })
})

t.test('takes no flag for the value of the one before it', async (t) => {
  t.same(read('--port', '--offline'), { given: { '--offline': '' }, rest: ['--port'] })
  t.same(read('--port', '--port=2'), { given: { '--port': '2' }, rest: ['--port'] })
  t.same(read('--port=--offline'), { given: { '--port': '--offline' }, rest: [] })
  t.same(read('--port', '-'), { given: { '--port': '-' }, rest: [] })
})

t.test('leaves what is no own flag, or one that is written in another way', async (t) => {
  for (const argv of [['--offline=true'], ['--offlin'], ['--port'], ['now'], ['--'], ['--toString']]) {
    t.same(read(...argv), { given: {}, rest: argv })
  }
})

t.test('says what is wrong where nothing but own flags may stand', async (t) => {
  for (const [argv, mistake] of [
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', '-1'], "Option '--port' argument is ambiguous"],
    [['--host', '0.0.0.0'], "Unknown option '--host'"],
    [['8080'], "Unexpected argument '8080'"],
  ] as const) {
    t.equal(findMistake(argv, own), mistake)
  }
  for (const argv of [[], ['--offline'], ['--port', '1'], ['--port=1', '--offline']]) {
    t.equal(findMistake(argv, own), undefined)
  }
})
