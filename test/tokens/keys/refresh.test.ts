import t from 'tap'
import type { SetTimer } from '../../../src/timer.ts'
import { startKeyRefresh } from '../../../src/tokens/keys/refresh.ts'
import { createRig, firstUri, hour, second } from '../../helpers/jwks-rig.ts'
import { makePublishedKey } from '../../helpers/key-sets.ts'
import { createTally } from '../../helpers/tally.ts'

const k1 = makePublishedKey('k1')

/** Timers that fire when the test says so. */
function createTimers() {
  const delays: number[] = []
  let next: (() => void) | undefined
  const setTimer: SetTimer = (run, delayMs) => {
    delays.push(delayMs)
    next = run
    return () => {
      next = undefined
    }
  }
  return {
    setTimer,
    delays,
    fire: () => next?.(),
    get isArmed() {
      return next !== undefined
    },
  }
}

function createLoop() {
  const rig = createRig()
  rig.serve(firstUri, k1)
  const timers = createTimers()
  const loop = startKeyRefresh(rig.jwks, { now: rig.clock.now, setTimer: timers.setTimer })
  const lastDelay = () => timers.delays.at(-1) ?? Number.NaN
  /** What a real timer causes: the pause ends, the refresh runs, and the fetch that it started returns. */
  const nap = async () => {
    rig.clock.advance(lastDelay())
    timers.fire()
    await new Promise(setImmediate)
  }
  return { rig, timers, loop, lastDelay, nap }
}

t.test('makes the first fetch as soon as it is started', async (t) => {
  const { rig, lastDelay, nap } = createLoop()
  t.equal(lastDelay(), 0)
  t.equal(rig.fetches.length, 0)
  await nap()
  t.match(rig.jwks.statuses(), [{ ready: true }])
})

t.test('naps for a second at most and fetches once in an interval', async (t) => {
  const { rig, timers, nap } = createLoop()
  await nap()
  const startedAt = rig.clock.now()
  while (rig.fetches.length < 2) await nap()
  t.equal(Math.max(...timers.delays), second)
  t.equal(rig.clock.now() - startedAt, hour)
})

t.test('fetches exactly at the end of the cooldown when an unknown kid asks for it', async (t) => {
  const { rig, nap } = createLoop()
  await nap()
  await rig.lookUp('made-up')
  const startedAt = rig.clock.now()
  const { length } = rig.fetches
  rig.clock.advance(1234)
  t.equal(rig.pool.find('k2', rig.clock.now()).kind, 'unknown')
  while (rig.fetches.length === length) await nap()
  t.equal(rig.clock.now() - startedAt, 10 * second)
})

t.test('fetches within a second after the machine has slept', async (t) => {
  const { rig, lastDelay, nap } = createLoop()
  await nap()
  rig.clock.advance(30 * hour)
  t.ok(lastDelay() <= second)
  await nap()
  t.equal(rig.fetches.length, 2)
})

t.test('fetches within a second after the clock was set back', async (t) => {
  const { rig, nap } = createLoop()
  await nap()
  rig.clock.advance(-30 * hour)
  await nap()
  t.equal(rig.fetches.length, 2)
})

t.test('goes on napping while a fetch hangs', async (t) => {
  const { rig, timers, lastDelay, nap } = createLoop()
  const release = rig.hold(firstUri)
  await nap()
  for (let count = 0; count < 5; count++) await nap()
  t.equal(lastDelay(), second)
  t.equal(timers.delays.length, 7)
  t.strictSame(rig.fetches, [firstUri])
  release()
})

t.test('goes on when a refresh throws', async (t) => {
  const timers = createTimers()
  let refreshes = 0
  const jwks = {
    nextDueAt: () => 0,
    async refreshDue() {
      refreshes++
      throw new Error('an event listener threw')
    },
  }
  startKeyRefresh(jwks, { now: () => 0, setTimer: timers.setTimer })
  timers.fire()
  timers.fire()
  t.equal(refreshes, 2)
  t.equal(timers.isArmed, true)
})

t.test('does nothing more once it is stopped', async (t) => {
  const { rig, timers, loop, nap } = createLoop()
  await nap()
  await loop.stop()
  t.equal(timers.isArmed, false)
  rig.clock.advance(2 * hour)
  await nap()
  t.equal(rig.fetches.length, 1)
})

t.test('runs on real timers that do not keep the process alive', async (t) => {
  const countTimers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const alive = setInterval(() => {}, second)
  const before = countTimers()
  const refreshed = createTally()
  const jwks = { nextDueAt: () => 0, refreshDue: async () => refreshed.add() }
  const loop = startKeyRefresh(jwks, { now: () => 0 })
  t.equal(countTimers(), before)
  await refreshed.reached(2)
  await loop.stop()
  clearInterval(alive)
  t.ok(refreshed.count >= 2)
})
