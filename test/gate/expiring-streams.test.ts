import t from 'tap'
import { ExpiringStreams } from '../../src/gate/expiring-streams.ts'
import { createClock } from '../helpers/clock.ts'

function start() {
  const clock = createClock(0)
  const sweeps: (() => void)[] = []
  const ended: string[] = []
  const streams = new ExpiringStreams(clock.now, (_shortestMs, sweep) => {
    sweeps.push(sweep)
    return () => sweeps.pop()
  })
  const create = (name: string, expiresAtMs: number | undefined) => ({ expiresAtMs, expire: () => ended.push(name) })
  const pass = (ms: number) => {
    clock.advance(ms)
    for (const sweep of sweeps) sweep()
    return ended.splice(0)
  }
  return { streams, create, pass }
}

t.test('each stream ends once, when its token does, and not before (FLD-38)', async (t) => {
  const { streams, create, pass } = start()
  for (const [name, at] of [
    ['a', 1000],
    ['b', 2000],
    ['public', undefined],
  ] as const) {
    streams.add(create(name, at))
  }
  t.strictSame(pass(999), [])
  t.strictSame(pass(1), ['a'])
  t.strictSame(pass(1000), ['b'])
  t.strictSame(pass(10_000), [])
})

t.test('a stream that is over, and a gate that is closed, end nothing (FLD-38)', async (t) => {
  const { streams, create, pass } = start()
  const over = create('over', 1000)
  streams.add(over)
  streams.remove(over)
  t.strictSame(pass(2000), [])
  streams.add(create('late', 3000))
  streams.stop()
  t.strictSame(pass(2000), [])
})
