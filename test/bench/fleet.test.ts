/** The simulation of a fleet, on 200 pods: the real key code, a clock that jumps, and what Cognito sees of it. */
import t from 'tap'
import { createEventClock } from '../../bench/fleet/clock.ts'
import { type KeySets, type Plan, peakOf, simulate, totalOf } from '../../bench/fleet/fleet.ts'
import { createRandom } from '../../bench/fleet/random.ts'
import { defaults, runScenario, scenarios } from '../../bench/fleet/scenarios.ts'
import { loadConfig } from '../../src/config/load.ts'
import { readRepositoryFile, readTable } from '../docs/pages.ts'
import { keySetBytes, makePublishedKey } from '../helpers/key-sets.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const pods = 200
const [oldKey, newKey] = [makePublishedKey('old'), makePublishedKey('new')]
const keySets: KeySets = { before: keySetBytes(oldKey), after: keySetBytes(oldKey, newKey), newKid: 'new' }

function run(plan: Partial<Plan>) {
  const random = createRandom(1)
  const startsAt = (pod: number) => pod * 5
  return simulate({ pods, startsAt, untilMs: hour, settings: defaults, random, fetchMs: 50, ...plan }, keySets)
}

t.test('events happen in order, and one that is cancelled does not', async (t) => {
  const clock = createEventClock(1000)
  const seen: string[] = []
  const note = (text: string) => () => void seen.push(`${text} ${clock.now()}`)
  clock.at(1300, note('c'))
  clock.at(1100, note('a'))
  clock.at(1200, note('never'))()
  clock.at(1100, note('b'))
  clock.at(1, note('past'))
  clock.at(1100, () => clock.at(1150, note('from another')))
  clock.at(5000, note('late'))
  await clock.runUntil(2000)
  t.same(seen, ['past 1000', 'a 1100', 'b 1100', 'from another 1150', 'c 1300'])
  t.equal(clock.now(), 2000)
})

t.test('a thousand events in any order come in theirs', async (t) => {
  const clock = createEventClock(0)
  const random = createRandom(7)
  const seen: number[] = []
  for (let n = 0; n < 1000; n++) clock.at(Math.floor(random() * 300), () => seen.push(clock.now()))
  await clock.runUntil(300)
  t.equal(seen.length, 1000)
  t.same(
    seen,
    seen.toSorted((a, b) => a - b),
  )
})

t.test('the settings are those of a gate that sets none', async (t) => {
  const env = { COGATE_USER_POOL_ID: 'eu-west-1_A', COGATE_CLIENT_ID: 'a', COGATE_UPSTREAM: 'http://127.0.0.1:1' }
  t.match(loadConfig({ argv: [], env }).config.jwks, defaults)
})

t.test('each pod fetches once when it starts, and again between 48 and 60 minutes later', async (t) => {
  const outcome = await run({ untilMs: hour + 2 * second })
  t.equal(outcome.fetches.get(0), pods)
  t.equal(outcome.ready, pods)
  t.equal(totalOf(outcome), 2 * pods)
  t.equal(totalOf(outcome, 48 * 60 * second), pods)
  t.ok(peakOf(outcome, minute) < 5, 'spread over twelve minutes')
})

t.test('a rollout spreads the fetches as it spreads the starts', async (t) => {
  const outcome = await run({ startsAt: (pod) => pod * 3 * second, untilMs: 20 * minute })
  t.equal(peakOf(outcome), 1)
  t.equal(totalOf(outcome), pods)
})

t.test('a key that is used as soon as it is published costs one fetch more in each pod', async (t) => {
  const at = 30 * minute
  const rotation = { publishedMs: at, usedMs: at, requestsPerSecond: 100 }
  const outcome = await run({ untilMs: 40 * minute, rotation })
  t.equal(totalOf(outcome), 2 * pods)
  t.ok((outcome.knownAfterMs ?? 0) > second && (outcome.knownAfterMs ?? 0) < minute)
  const busier = await run({ untilMs: 40 * minute, rotation: { ...rotation, requestsPerSecond: 10_000 } })
  t.ok(peakOf(busier, at) > peakOf(outcome, at), 'the busier the pods, the steeper')
})

t.test('a key that is published an interval before it is used costs nothing', async (t) => {
  const used = 2 * hour
  const rotation = { publishedMs: used - hour, usedMs: used, requestsPerSecond: 100 }
  const untilMs = used + minute
  t.same((await run({ untilMs, rotation })).fetches.get(0), pods)
  t.equal(
    totalOf(await run({ untilMs, rotation }), used - hour),
    totalOf(await run({ untilMs: used + minute }), used - hour),
  )
})

t.test(
  'pods that start while Cognito is away ask both issuers at least every cooldown, and are ready after it',
  async (t) => {
    const outage = { fromMs: 0, untilMs: 5 * minute }
    const outcome = await run({ untilMs: 6 * minute, outage })
    t.equal(outcome.ready, pods)
    const everyTenSeconds = (totalOf(outcome, minute) - totalOf(outcome, 4 * minute)) / pods / 18
    t.ok(everyTenSeconds > 2 && everyTenSeconds < 4, `${everyTenSeconds} fetches a pod in 10 s`)
  },
)

t.test('looks that are left out would have changed nothing', async (t) => {
  const rotation = { publishedMs: 65 * minute, usedMs: 65 * minute, requestsPerSecond: 3 }
  const outage = { fromMs: 50 * minute, untilMs: 55 * minute }
  const plan = { pods: 20, untilMs: 90 * minute, rotation, outage }
  const [fast, slow] = [await run(plan), await run({ ...plan, everyLook: true })]
  t.same([...fast.fetches], [...slow.fetches])
  t.equal(fast.knownAfterMs, slow.knownAfterMs)
})

t.test('the page on operations has the rows that the simulation prints', async (t) => {
  const rows = readTable(readRepositoryFile('docs/operations.md'), '<!-- fleet -->').map(([name = '']) => name)
  t.same(
    rows,
    scenarios.map(({ name }) => name),
  )
})

t.test('every row of the table can be made', async (t) => {
  for (const scenario of scenarios) {
    const { name, peakPerSecond, total } = await runScenario(scenario, 3, createRandom(1))
    t.ok(peakPerSecond >= 0 && total >= peakPerSecond, name)
  }
})
