/** The command line of the bench. */
import t from 'tap'
import { parseOptions, usageText } from '../../bench/options.ts'

const known = { scenarios: ['hot', 'cold'], contenders: ['cogate', 'haproxy'] }

function optionsOf(...argv: string[]) {
  const parsed = parseOptions(argv, known)
  if (parsed.kind !== 'options') throw new Error(parsed.problem)
  return parsed.options
}

t.test('without flags every scenario runs five rounds of four seconds under autocannon', async (t) => {
  t.match(optionsOf(), {
    scenarios: undefined,
    write: false,
    settings: { rounds: 5, seconds: 4, load: 'autocannon', quick: false, peers: undefined },
  })
})

t.test('--quick is one round of a second unless told otherwise', async (t) => {
  t.match(optionsOf('--quick').settings, { rounds: 1, seconds: 1, quick: true })
  t.match(optionsOf('--quick', '--rounds', '3').settings, { rounds: 3, seconds: 1 })
})

t.test('names are split at commas', async (t) => {
  const options = optionsOf('--scenario', 'cold,hot', '--peer', 'haproxy', '--load', 'wrk', '--json', 'f')
  t.match(options, { scenarios: ['cold', 'hot'], jsonFile: 'f', settings: { peers: ['haproxy'], load: 'wrk' } })
})

for (const [argv, problem] of [
  [['--scenario', 'hot,warm'], /no scenario "warm"/],
  [['--peer', 'envoy'], /no peer "envoy"/],
  [['--load', 'ab'], /autocannon or wrk, not "ab"/],
  [['--rounds', '0'], /--rounds is a whole number/],
  [['--seconds', '1.5'], /--seconds is a whole number/],
  [['--fast'], /--fast/],
  [['hot'], /hot/],
] as const) {
  t.test(`${argv.join(' ')} is bad usage`, async (t) => {
    const parsed = parseOptions(argv, known)
    t.match(parsed.kind === 'usage' ? parsed.problem : '', problem)
  })
}

t.test('the usage lists every scenario and peer', async (t) => {
  t.match(usageText(known), /scenarios: hot cold\npeers: cogate haproxy$/)
})
