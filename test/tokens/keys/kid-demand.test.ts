import t from 'tap'
import { KidDemand } from '../../../src/tokens/keys/kid-demand.ts'

const start = 1_800_000_000_000
const cooldownMs = 10_000
const nothing = () => false

/** One good round that looked for these kids and found none of them. */
function miss(demand: KidDemand, ...kids: readonly string[]): void {
  for (const kid of kids) demand.want(kid, Number.MAX_SAFE_INTEGER)
  demand.serve()
  demand.settle(nothing, start)
}

t.test('lets a kid that was never missed ask at any time', async (t) => {
  t.equal(new KidDemand(cooldownMs).mayAsk('kid', start), true)
})

t.test('doubles the pause of a kid with every miss, up to 64 cooldowns', async (t) => {
  const demand = new KidDemand(cooldownMs)
  for (const pause of [2, 4, 8, 16, 32, 64, 64, 64]) {
    miss(demand, 'kid')
    t.equal(demand.mayAsk('kid', start + pause * cooldownMs - 1), false)
    t.equal(demand.mayAsk('kid', start + pause * cooldownMs), true)
  }
})

t.test('ends every pause when the clock was set back', async (t) => {
  const demand = new KidDemand(cooldownMs)
  miss(demand, 'kid')
  t.equal(demand.mayAsk('kid', start - 1), true)
})

t.test('does not want a kid that has to pause', async (t) => {
  const demand = new KidDemand(cooldownMs)
  miss(demand, 'kid')
  demand.want('kid', start)
  t.equal(demand.wanted.size, 0)
})

t.test('forgets the misses of a kid once a round brings it', async (t) => {
  const demand = new KidDemand(cooldownMs)
  miss(demand, 'kid')
  demand.want('kid', start + 2 * cooldownMs)
  demand.serve()
  demand.settle((kid) => kid === 'kid', start + 2 * cooldownMs)
  t.equal(demand.mayAsk('kid', start + 2 * cooldownMs), true)
})

t.test('keeps a latecomer wanted without counting it as missed', async (t) => {
  const demand = new KidDemand(cooldownMs)
  demand.want('early', start)
  demand.serve()
  demand.want('early', start)
  demand.want('late', start)
  demand.want('lucky', start)
  t.strictSame([...demand.served], ['early'])
  demand.settle((kid) => kid === 'lucky', start)
  t.strictSame([...demand.wanted], ['late'])
  t.equal(demand.mayAsk('early', start), false)
  t.equal(demand.mayAsk('late', start), true)
})

t.test('holds nothing against anyone after a failed round', async (t) => {
  const demand = new KidDemand(cooldownMs)
  demand.want('early', start)
  demand.serve()
  demand.want('late', start)
  demand.abandon()
  t.equal(demand.mayAsk('early', start), true)
  t.equal(demand.served.size + demand.wanted.size, 0)
})

t.test('wants at most 1,000 kids at a time', async (t) => {
  const demand = new KidDemand(cooldownMs)
  for (let index = 0; index < 5000; index++) demand.want(`kid-${index}`, start)
  t.equal(demand.wanted.size, 1000)
})

t.test('remembers the 1,000 kids that were missed last', async (t) => {
  const demand = new KidDemand(cooldownMs)
  miss(demand, 'oldest', 'again')
  miss(demand, 'again')
  miss(demand, ...Array.from({ length: 999 }, (_, index) => `kid-${index}`))
  t.equal(demand.mayAsk('oldest', start), true)
  t.equal(demand.mayAsk('again', start), false)
  t.equal(demand.mayAsk('kid-998', start), false)
})
